"""TCVN3 (ABC): a legacy encoding, one byte a letter. Of capitals it has Ă Â Đ Ê Ô Ơ Ư alone: case is lost."""

import unicodedata

LETTERS = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂĐÊÔƠƯ"
CODES = "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\u00adõö÷øùúûüýþ¡¢§£¤¥¦"
_TABLE = dict(zip(LETTERS, CODES, strict=True))
_TABLE |= {letter.upper(): code for letter, code in _TABLE.items() if letter.islower() and letter.upper() not in _TABLE}
_TRANSLATION = str.maketrans(_TABLE)


def encode(text: str) -> bytes:
    """Bytes of TCVN3; letters that it lacks lose their marks."""
    composed = unicodedata.normalize("NFC", text)
    lacking = {letter for letter in set(composed) if ord(letter) > 127 and letter not in _TABLE}
    bare = {ord(letter): unicodedata.normalize("NFD", letter)[0] for letter in lacking}
    return composed.translate(bare).translate(_TRANSLATION).encode("latin-1", errors="replace")
