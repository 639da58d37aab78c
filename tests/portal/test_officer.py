"""The ward officer's day in a real browser: bring, understand, correct, preview, send, mend, withdraw."""

import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, Route, StorageState, ViewportSize, expect

from etl import steps
from tests.pipeline.city import read_rows
from tests.portal.look import sign_in
from tests.portal.town import FAULTY, OTHER_SENDER, SENDER, Town, token_of
from tests.reports.browser import IN_BROWSER, barriers, open_browser

pytestmark = IN_BROWSER
HEAD = "STT,Họ và tên,Ngày sinh,Giới,Số CCCD,Địa chỉ,Cập nhật ngày\n"
LIST = (
    HEAD
    + """1,Nguyễn Văn An,05/03/1981,Nam,001080000017,Số 11 phố Huế,20/09/2026
2,Phạm Thị Hoa,09/08/1960,Nữ,001160000052,Số 4 phố Huế,25/09/2026
3,,01/01/1999,Nam,,Số 4 phố Huế,20/08/2026
4,Mai Văn Thử,05/03/2085,Nam,,Số 8 phố Huế,01/09/2026
5,Mai Thị Mới,05/03/1985,Nữ,,Số 8 phố Huế,01/09/2026
"""
)
"""One is changed, one says the same in a new row, two are to be mended, one is new."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def signed_in(browser: Browser, town: Town) -> StorageState:
    """What the officer's browser keeps."""
    context = browser.new_context()
    sign_in(context.new_page(), town.base_url, town.account("officer"), town.passwords["officer"])
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def page(browser: Browser, town: Town, signed_in: StorageState) -> Iterator[Page]:
    """A desk of the officer of a ward."""
    size: ViewportSize = {"width": 1200, "height": 900}
    context = browser.new_context(viewport=size, base_url=town.base_url, locale="vi-VN", storage_state=signed_in)
    yield context.new_page()
    context.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def bring(page: Page, path: Path) -> str:
    """Choose a file and wait for the result; gives its address."""
    page.goto("/uploads")
    page.set_input_files("#file", path)
    page.click("#upload button.main")
    page.wait_for_url("**/uploads/*")
    expect(page.locator("#waiting")).to_have_count(0, timeout=60_000)
    return page.url


def batch_of(page: Page) -> int:
    return int(page.url.split("/batches/")[1].split("?")[0].split("/")[0])


def test_a_wrong_password_is_told_and_the_right_one_lets_in(browser: Browser, town: Town) -> None:
    page = browser.new_page()
    page.goto(f"{town.base_url}/batches")
    assert "/sign-in" in page.url
    page.fill("#user_name", town.account("officer"))
    page.fill("#password", "không phải mật khẩu này")
    page.click("button.main")
    expect(page.get_by_role("alert")).to_contain_text("Sai tài khoản hoặc mật khẩu")
    page.fill("#user_name", town.account("officer"))
    page.fill("#password", town.passwords["officer"])
    page.click("button.main")
    page.wait_for_url("**/batches")
    expect(page.get_by_role("heading", level=1)).to_have_text("Các lô đã gửi")
    page.close()


def test_from_a_file_to_a_receipt(page: Page, town: Town, write: Callable[[str, str], Path]) -> None:
    path = write("danh sách tháng 9.csv", LIST)
    result = bring(page, path)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kết quả kiểm tra")
    assert [int(text) for text in page.locator(".equation dd").all_inner_texts()] == [5, 3, 2, 0]
    faults = page.locator("section.fault")
    expect(faults.first).to_contain_text("Phải sửa")
    expect(page.locator("section.fault", has_text="Thiếu họ và tên.").locator(".rows")).to_contain_text("1 dòng: 4")
    expect(page.locator("section.fault", has_text="Thiếu họ và tên.")).to_contain_text("Cách sửa")

    page.locator("section.fault", has_text="Ngày sinh ở tương lai").get_by_role("link").click()
    expect(page.locator("td.wrongly")).to_have_text(["05/03/2085"])
    page.goto(f"{result}/preview?kind=changed")
    change = page.locator("tbody tr")
    expect(change).to_have_count(1)
    expect(change).to_contain_text("Nguyễn Văn An")
    expect(change.locator(".change", has_text="Ngày sinh").locator("del")).to_have_text("05/03/1980")
    expect(change.locator(".change", has_text="Ngày sinh").locator("ins")).to_have_text("05/03/1981")

    page.goto(result)
    page.get_by_role("button", name="Gửi 3 dòng tốt").click()
    page.wait_for_url("**/batches/*")
    batch_id = batch_of(page)
    expect(page.get_by_role("status").first).to_contain_text("Đã gửi")
    expect(page.locator("#waiting")).to_be_visible()
    assert steps.take_in(town.settings, batch_id).accepted == 3
    expect(page.locator("#waiting")).to_have_count(0, timeout=60_000)
    assert [int(text) for text in page.locator(".equation dd").all_inner_texts()] == [5, 3, 2, 0, 0]
    expect(page.locator("ol.steps .reached")).to_have_count(2)

    page.get_by_role("link", name="Biên nhận để in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Biên nhận số {batch_id}")
    assert page.locator("img.code").evaluate("image => image.complete && image.naturalWidth > 50")
    [(sha256,)] = read_rows(town.settings, f"select sha256 from intake.batch where batch_id = {batch_id}")
    expect(page.locator("code.hash")).to_have_text(str(sha256))

    page.goto("/uploads")
    page.set_input_files("#file", path)
    page.click("#upload button.main")
    page.wait_for_url(f"**/batches/{batch_id}?done=known")
    expect(page.get_by_role("status").first).to_contain_text("Đúng tệp này đã được nhận trước đây")


def test_only_the_mended_rows_go_again_and_are_joined(
    page: Page, town: Town, tmp_path: Path, write: Callable[[str, str], Path]
) -> None:
    bring(
        page,
        write(
            "a.csv",
            HEAD + "1,,02/01/1999,Nam,,Số 14 phố Huế,20/08/2026\n2,Lý Văn Tốt,02/01/1998,Nam,,Số 15,20/08/2026\n",
        ),
    )
    page.get_by_role("button", name="Gửi 1 dòng tốt").click()
    page.wait_for_url("**/batches/*")
    first = batch_of(page)
    steps.take_in(town.settings, first)
    page.goto(f"/batches/{first}")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Chỉ các dòng phải sửa").click()
    downloading.value.save_as(tmp_path / "held.xlsx")
    book = openpyxl.load_workbook(tmp_path / "held.xlsx")
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(rows) == 2
    assert rows[1][0] == "1"
    sheet = book.worksheets[0]
    assert sheet.cell(2, 2).fill.start_color.rgb != sheet.cell(2, 3).fill.start_color.rgb, "the cell at fault is marked"
    sheet.cell(2, 2).value = "Lý Thị Đã Sửa"
    book.save(tmp_path / "mended.xlsx")

    page.get_by_role("link", name="Gửi các dòng đã sửa").click()
    page.set_input_files("#file", tmp_path / "mended.xlsx")
    page.click("#upload button.main")
    page.wait_for_url("**/uploads/*")
    page.get_by_role("button", name="Gửi", exact=True).click(timeout=60_000)
    page.wait_for_url("**/batches/*")
    second = batch_of(page)
    assert steps.take_in(town.settings, second).accepted == 1
    page.goto(f"/batches/{first}")
    expect(page.get_by_role("link", name=f"đã được lô {second} sửa")).to_be_visible()
    page.goto(f"/batches/{second}")
    expect(page.get_by_role("link", name=f"lô {first}")).to_be_visible()


def test_a_batch_is_withdrawn_row_by_row_and_put_back(
    page: Page, town: Town, write: Callable[[str, str], Path]
) -> None:
    shared = "1,Tạ Văn Chung,03/04/1971,Nam,001071000077,Số 5 phố Huế,01/09/2026\n"
    numbers = []
    for name, text in (
        ("b.csv", HEAD + shared + "2,Tạ Văn Riêng,03/04/1972,Nam,,Số 5,01/09/2026\n"),
        ("c.csv", HEAD + shared),
    ):
        bring(page, write(name, text))
        page.locator("form[action$='/send'] button").click()
        page.wait_for_url("**/batches/*")
        numbers.append(batch_of(page))
        steps.take_in(town.settings, numbers[-1])
    page.goto(f"/batches/{numbers[0]}/withdraw")
    assert page.locator(".tiles .big").all_inner_texts() == ["1", "1", "0"]
    page.select_option("#reason", "wrong_file")
    page.get_by_role("button", name="Rút lô").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã rút")
    page.get_by_role("link", name="Xem từng dòng").click()
    expect(page.locator("tbody")).to_contain_text("đã đảo")
    expect(page.locator("tbody")).to_contain_text("giữ lại: tệp khác cũng gửi đúng dòng này")
    page.goto(f"/batches/{numbers[0]}/withdraw")
    page.get_by_role("button", name="Khôi phục").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã khôi phục")
    assert read_rows(town.settings, f"select state, accepted from intake.batch where batch_id = {numbers[0]}") == [
        ("accepted", 2)
    ]


def test_a_broken_line_goes_on_where_it_stopped(page: Page, town: Town, write: Callable[[str, str], Path]) -> None:
    path = write(
        "lớn.csv",
        LIST + "".join(f"{n},Người Thử {n},01/01/1990,Nam,,Số {n} phố Dài,01/09/2026\n" for n in range(6, 60)),
    )
    starts: list[int] = []

    def sometimes(route: Route) -> None:
        starts.append(int(route.request.url.rsplit("/", 1)[1]))
        if len(starts) == 2:
            route.abort()
        else:
            route.continue_()

    page.goto("/uploads")
    page.route("**/parts/*", sometimes)
    page.evaluate("document.getElementById('upload').dataset.part = 1000")
    page.set_input_files("#file", path)
    page.click("#upload button.main")
    page.wait_for_url("**/uploads/*", timeout=60_000)
    assert starts[:3] == [0, 1000, 1000], "the part that was lost is brought again"
    expect(page.locator("#waiting")).to_have_count(0, timeout=60_000)
    assert page.locator(".equation dd").first.inner_text() == "59"


def test_a_page_that_was_closed_goes_on_too(page: Page, write: Callable[[str, str], Path]) -> None:
    path = write("đóng.csv", LIST.replace("Mai Thị Mới", "Mai Thị Khác"))
    starts: list[int] = []
    page.goto("/uploads")
    page.route("**/parts/*", lambda route: route.continue_() if route.request.url.endswith("/0") else route.abort())
    page.evaluate("document.getElementById('upload').dataset.part = 200")
    page.set_input_files("#file", path)
    page.click("#upload button.main")
    expect(page.locator("#progress")).to_contain_text("Mất kết nối", timeout=60_000)
    page.unroute("**/parts/*")
    page.goto("/uploads")
    page.on(
        "request",
        lambda request: starts.append(int(request.url.rsplit("/", 1)[1])) if request.method == "PUT" else None,
    )
    page.set_input_files("#file", path)
    page.click("#upload button.main")
    page.wait_for_url("**/uploads/*", timeout=60_000)
    assert starts[0] == 200


def test_headings_that_were_not_understood_are_named_by_the_officer(
    page: Page, write: Callable[[str, str], Path]
) -> None:
    text = "STT,Họ và tên,Ngày sinh,Giới,Ký hiệu riêng\n1,Vũ Thị Cột,05/05/1985,Nữ,0912345678\n"
    bring(page, write("cột.csv", text))
    select = page.get_by_label("Ý nghĩa của cột 5")
    expect(select).to_have_value("")
    select.select_option("phone")
    page.get_by_role("button", name="Lưu ý nghĩa các cột và kiểm tra lại").click()
    expect(page.locator("#waiting")).to_have_count(0, timeout=60_000)
    page.locator("summary", has_text="Các cột và ý nghĩa").click()
    expect(page.get_by_label("Ý nghĩa của cột 5")).to_have_value("phone")


def test_a_file_that_cannot_be_read_is_told_and_given_up(
    page: Page, town: Town, write: Callable[[str, str], Path]
) -> None:
    result = bring(page, write("thư.csv", "Kính gửi quý đơn vị,\nchúng tôi gửi kèm danh sách.\n"))
    expect(page.get_by_role("alert")).to_contain_text("Không đọc được tệp")
    expect(page.get_by_role("alert")).to_contain_text("Cách sửa")
    page.get_by_role("button", name="Bỏ tệp này").click()
    page.wait_for_url("**/?done=discarded")
    upload_id = int(result.rsplit("/", 1)[1])
    [(state, sha256)] = read_rows(
        town.settings, f"select state, sha256 from intake.upload where upload_id = {upload_id}"
    )
    assert state == "discarded"
    assert not list((town.settings.var_dir / "store" / "raw").glob(f"{sha256}*")), (
        "nobody else sent it: its bytes are gone"
    )


def test_an_archive_of_one_sheet_and_a_browser_without_scripts(browser: Browser, town: Town, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "danh_sach.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("danh_sach.csv", LIST.replace("Mai Thị Mới", "Mai Thị Nén"))
    context = browser.new_context(java_script_enabled=False, base_url=town.base_url)
    page = context.new_page()
    sign_in(page, town.base_url, town.account("officer"), town.passwords["officer"])
    page.goto("/uploads")
    page.set_input_files("#file", tmp_path / "danh_sach.zip")
    page.click("#upload button.main")
    for _ in range(40):  # without scripts the page looks again by itself
        if page.locator(".equation, [role=alert]").count():
            break
        time.sleep(0.5)
    expect(page.locator(".equation, [role=alert]").first).to_be_visible()
    context.close()


def test_the_own_file_comes_back_before_anything_is_sent(
    page: Page, tmp_path: Path, write: Callable[[str, str], Path]
) -> None:
    bring(page, write("trả.csv", FAULTY.replace("Trần Thị Mẫu", "Trần Thị Trả")))
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Tệp của tôi kèm lý do").click()
    downloading.value.save_as(tmp_path / "back.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "back.xlsx").worksheets[0].iter_rows(values_only=True))
    assert rows[0][-2:] == ("Kết quả tiếp nhận (Result)", "Lý do (Reason)")
    assert "Thiếu họ và tên" in str(rows[2][-1])


def test_what_one_officer_brought_another_does_not_see(
    town: Town, page: Page, write: Callable[[str, str], Path]
) -> None:
    result = bring(page, write("riêng.csv", LIST.replace("Mai Thị Mới", "Mai Thị Riêng"))).removeprefix(town.base_url)
    with closing(town.client("other_officer")) as other:
        for path in ("", "/state", "/parts", "/annotated.xlsx", "/preview", "/rules/name_missing"):
            assert other.get(result + path).status_code == 404, path
        for path in ("/send", "/discard", "/again", "/headings"):
            assert other.post(result + path, data={"csrf": token_of(other.get("/"))}).status_code == 404, path
        assert other.put(f"{result}/parts/0", content=b"x").status_code == 404
        taken = other.post("/uploads/parts", data={"sender_code": SENDER, "size": "5"})
        assert taken.status_code == 403
        assert other.post("/uploads/parts", data={"sender_code": OTHER_SENDER, "size": "5"}).status_code == 200


PAGES = ("/", "/uploads", "/batches", "/guide", "/batches/{batch}", "/batches/{batch}/receipt", "/batches/{batch}/rows",
         "/batches/{batch}/rows/3", "/batches/{batch}/withdraw", "/uploads/{upload}", "/uploads/{upload}/preview?kind=changed",
         "/uploads/{upload}/rules/name_missing", "/nope")  # fmt: skip


@pytest.fixture(scope="module")
def looked_at(town: Town) -> dict[str, int]:
    """A batch and an upload to look at."""
    with closing(town.client("officer")) as client:
        brought = client.post(
            "/uploads",
            data={"sender_code": SENDER, "csrf": client.headers["x-csrf-token"]},
            files={"file": ("x.csv", LIST.replace("Mai", "Ma"))},
        )
        upload = int(str(brought.url).rsplit("/", 1)[1])
        until = time.monotonic() + 30
        while client.get(f"/uploads/{upload}/state").json()["state"] == "waiting" and time.monotonic() < until:
            time.sleep(0.2)
    [(batch,)] = read_rows(
        town.settings, f"select max(batch_id) from intake.batch where sender_code = '{SENDER}' and quarantined > 0"
    )
    return {"batch": int(str(batch)), "upload": upload}


@pytest.mark.parametrize("width", [320, 1200])
@pytest.mark.parametrize("path", PAGES)
def test_nobody_is_kept_out(page: Page, looked_at: dict[str, int], path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    answer = page.goto(path.format(**looked_at))
    assert answer is not None
    assert answer.status == (404 if path == "/nope" else 200)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_first_page_is_light_and_comes_from_here(page: Page, town: Town) -> None:
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.__setitem__(answer.url, len(answer.body())))
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert all(url.startswith(town.base_url) for url in sizes)
    assert sum(sizes.values()) < 200_000, sizes


def test_english_by_a_switch(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="My batches")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.get_by_role("link", name="Các lô đã gửi")).to_be_visible()


def test_the_keyboard_alone_reaches_everything(page: Page) -> None:
    page.goto("/uploads")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Đến phần nội dung")
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert "file" in reached
    assert "Kiểm tra tệp" in reached


def test_two_windows_that_bring_one_file_do_not_double_a_part(town: Town) -> None:
    with closing(town.client("officer")) as client, ThreadPoolExecutor(6) as pool:
        content = LIST.encode() * 2000
        begun = client.post("/uploads/parts", data={"sender_code": SENDER, "size": str(len(content))}).json()
        path, half = f"/uploads/{begun['upload_id']}/parts", len(content) // 2
        answers = list(pool.map(lambda _: client.put(f"{path}/0", content=content[:half]).status_code, range(6)))
        assert sorted(answers) == [200, 409, 409, 409, 409, 409]
        assert client.get(path).json()["from"] == half


def test_what_stands_in_an_address_does_not_become_markup(town: Town, looked_at: dict[str, int]) -> None:
    planted = "%22%3E%3Cb%20id=planted%3E"
    with closing(town.client("officer")) as client:
        for path in ("/uploads/{upload}/preview?kind=", "/batches/{batch}/rows?outcome="):
            assert client.get(path.format(**looked_at) + planted).status_code == 404
        for path in ("/batches?page=1&x=", "/tasks?sender=", "/tasks?owner="):
            assert "<b id=planted" not in client.get(path + planted).text
