"""A learned layout gives what the XML parser gives, or leaves the document to it."""

from hypothesis import given
from hypothesis import strategies as st

from etl.sources.layouts import Layouts
from etl.sources.parts import Part, read_lines

TAGS = st.sampled_from(("HO_TEN", "MA_LK", "STT", "CAN_NANG", "T_THUOC", "GHI_CHU", "LA", "MA_BENH"))
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=8),
    st.sampled_from(
        (
            "&amp;",
            "&lt;b&gt;",
            "<![CDATA[x]]>",
            "<b>y</b>",
            "<!-- c -->",
            "\r\n",
            " ",
            "]]>",
            "\ufffe",
            "&#10;",
            "<STT/>",
        )
    ),
)
SPACES = st.sampled_from(("", " ", "\n  ", "\t"))
FIELDS = st.lists(st.tuples(SPACES, TAGS, TEXTS), max_size=6)
HEADS = st.sampled_from(
    (
        "",
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<?xml version='1.0'?>\n",
        '<?xml version="1.0" encoding="utf-16"?>',
        "\ufeff",
    )
)


def document(root: str, line: str, head: str, lines: list[list[tuple[str, str, str]]]) -> bytes:
    inner = "".join(
        f"<{line}>{''.join(f'{space}<{tag}>{text}</{tag}>' if text else f'<{tag}/>' for space, tag, text in fields)}</{line}>"
        for fields in lines
    )
    return f"{head}{f'<{root}>{inner}</{root}>' if root else inner}".encode()


@given(
    st.lists(st.tuples(HEADS, st.lists(FIELDS, min_size=1, max_size=3)), min_size=1, max_size=4),
    st.sampled_from((("XML1", "", "TONG_HOP"), ("XML2", "DSACH_CHI_TIET_THUOC", "CHI_TIET_THUOC"))),
)
def test_with_and_without_layouts_the_same_is_read(
    documents: list[tuple[str, list[list[tuple[str, str, str]]]]], shape: tuple[str, str, str]
) -> None:
    kind, root, line = shape
    layouts = Layouts()
    for head, lines in documents * 2:
        part = Part(kind, document(root, line, head, lines[: 1 if kind == "XML1" else None]))
        assert read_lines(part, layouts) == read_lines(part, Layouts())


@given(
    st.lists(
        st.lists(st.tuples(st.just(""), TAGS, st.text("aàĐ ộ1;.", max_size=5)), min_size=1, max_size=5),
        min_size=1,
        max_size=4,
    )
)
def test_alike_documents_need_no_tree(lines: list[list[tuple[str, str, str]]]) -> None:
    layouts = Layouts()
    content = document("DSACH_CHI_TIET_THUOC", "CHI_TIET_THUOC", "", [lines[0]] * 3)
    expected = read_lines(Part("XML2", content), layouts)
    assert layouts.read("XML2", content) == expected


def test_what_is_broken_is_not_matched() -> None:
    layouts = Layouts()
    good = b"<TONG_HOP><HO_TEN>An</HO_TEN></TONG_HOP>"
    assert read_lines(Part("XML1", good), layouts) == [{"HO_TEN": "An"}]
    for broken in (b"A&n", b"A<n", b"A\x01n", b"\xff", b"]]>"):
        content = good.replace(b"An", broken)
        assert layouts.read("XML1", content) is None
        assert read_lines(Part("XML1", content), layouts) is None
    assert layouts.read("XML1", good + b"<!-- a -->") is None
