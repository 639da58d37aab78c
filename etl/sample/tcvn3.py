"""TCVN3 (ABC): a legacy encoding of one byte a letter. It has no accented capitals but Ă Â Đ Ê Ô Ơ Ư: their case is lost."""

import unicodedata

LETTERS = ("àảãáạ" "ăằẳẵắặ" "âầẩẫấậ" "đ" "èẻẽéẹ" "êềểễếệ" "ìỉĩíị" "òỏõóọ" "ôồổỗốộ" "ơờởỡớợ" "ùủũúụ" "ưừửữứự" "ỳỷỹýỵ" "ĂÂĐÊÔƠƯ")
CODES = ("µ¶·¸¹" "¨»¼½¾Æ" "©ÇÈÉÊË" "®" "ÌÎÏÐÑ" "ªÒÓÔÕÖ" "×ØÜÝÞ" "ßáâãä" "«åæçèé" "¬êëìíî" "ïñòóô" "\u00adõö÷øù" "úûüýþ" "¡¢§£¤¥¦")
_TABLE = dict(zip(LETTERS, CODES, strict=True))
_TABLE |= {letter.upper(): code for letter, code in _TABLE.items() if letter.islower() and letter.upper() not in _TABLE}
_TRANSLATION = str.maketrans(_TABLE)


def encode(text: str) -> bytes:
    """Bytes of TCVN3; letters that it lacks lose their marks."""
    composed = unicodedata.normalize("NFC", text)
    lacking = {letter for letter in set(composed) if ord(letter) > 127 and letter not in _TABLE}
    bare = {ord(letter): unicodedata.normalize("NFD", letter)[0] for letter in lacking}
    return composed.translate(bare).translate(_TRANSLATION).encode("latin-1", errors="replace")
