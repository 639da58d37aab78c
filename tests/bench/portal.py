"""The portal under load: officers who look at their pages while others' files of 10,000 rows are brought, checked and sent.

`python -m tests.bench.portal --officers 200 --uploads 50 --rows 10000`: a real server, a real worker, a real PostgreSQL.
Prints how long pages took, how long from the last byte to the result, and holds what arrived against what was sent.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field
from statistics import quantiles

import httpx

from etl import steps
from etl.contracts import reference
from etl.settings import Settings
from etl.warehouse.access import Scope
from portal.invented import Invented, make_accounts
from tests.portal.town import Town, passing, running, token_of

PAGES = ("/", "/batches", "/uploads", "/guide", "/batches?page=2")
THINK_SECONDS = (5.0, 15.0)
"""What somebody who reads a page needs; 200 of them ask for about 20 pages a second."""
PART_BYTES = 4 * 1024**2


@dataclass
class Measured:
    """Seconds of each page, of each upload's parts, from its last byte to its result; what each upload became."""

    pages: list[float] = field(default_factory=list)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    brought: list[float] = field(default_factory=list)
    checked: list[float] = field(default_factory=list)
    batches: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def invent_list(rows: int, number: int) -> bytes:
    """A ward's list of invented people, no two of whom are alike, here or in another list."""
    chance = random.Random(number)
    lines = ["STT,Họ và tên,Ngày sinh,Giới,Địa chỉ,Điện thoại,Cập nhật ngày"]
    for row in range(rows):
        name = f"{chance.choice(FAMILIES)} {chance.choice(MIDDLES)} {chance.choice(GIVENS)}"
        born = f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/{chance.randint(1940, 2020)}"
        lines.append(f"{row + 1},{name},{born},Nam,Số {number}-{row} phố Thử,09{number:02}{row:06},20/09/2026")
    return ("\n".join(lines) + "\n").encode()


FAMILIES = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý"]
MIDDLES = ["Văn", "Hữu", "Đức", "Minh", "Quang", "Thanh", "Ngọc", "Xuân", "Hải", "Gia"]
GIVENS = [
    "An",
    "Bình",
    "Cường",
    "Dũng",
    "Hà",
    "Hùng",
    "Lan",
    "Long",
    "Mai",
    "Nam",
    "Phúc",
    "Quân",
    "Sơn",
    "Thảo",
    "Tùng",
    "Yến",
]


async def look(client: httpx.AsyncClient, found: Measured, until: float, chance: random.Random) -> None:
    """One officer: a page, time to read it, the next page."""
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(*THINK_SECONDS))
        path, began = chance.choice(PAGES), time.monotonic()
        try:
            answer = await client.get(path)
        except httpx.HTTPError as error:
            found.faults.append(type(error).__name__)
            continue
        took = time.monotonic() - began
        found.pages.append(took)
        found.slowest = sorted([*found.slowest, (took, path)], reverse=True)[:5]
        if answer.status_code != 200:
            found.faults.append(f"{path} {answer.status_code}")


async def bring(client: httpx.AsyncClient, sender_code: str, content: bytes, found: Measured) -> None:
    """One file: in parts, then its result, then sent."""
    began = time.monotonic()
    begun = await client.post("/uploads/parts", data={"sender_code": sender_code, "size": str(len(content))})
    number = begun.json()["upload_id"]
    for start in range(0, len(content), PART_BYTES):
        await client.put(f"/uploads/{number}/parts/{start}", content=content[start : start + PART_BYTES])
    await client.post(f"/uploads/{number}/whole", data={"name": "danh_sach.csv"})
    whole = time.monotonic()
    found.brought.append(whole - began)
    while (state := (await client.get(f"/uploads/{number}/state")).json()["state"]) == "waiting":
        await asyncio.sleep(0.7)
    found.checked.append(time.monotonic() - whole)
    if state != "checked":
        found.faults.append(f"upload {state}")
        return
    sent = await client.post(f"/uploads/{number}/send")
    found.batches[sender_code] = int(str(sent.url).split("/batches/")[1].split("?")[0])


async def load(
    town: Town, officers: dict[str, str], passwords: dict[str, str], uploads: int, rows: int, seconds: float
) -> Measured:
    """Everybody at once, for some time; those who bring files look at pages as well."""
    clients, found = {}, Measured()
    for name in officers:
        client = httpx.AsyncClient(base_url=town.base_url, follow_redirects=True, timeout=120, trust_env=False)
        form = {"csrf": token_of(await client.get("/sign-in")), "user_name": name, "password": passwords[name]}
        page = await client.post("/sign-in", data=form)
        assert page.status_code == 200, page.status_code
        client.headers["x-csrf-token"] = token_of(page)
        clients[name] = client
    print(f"{len(clients)} officers signed in; {uploads} of them bring {rows:,} rows each", flush=True)
    bringing = list(clients)[:uploads]
    alone = Measured()
    await bring(clients[bringing[0]], officers[bringing[0]], invent_list(rows, 99), alone)
    print(f"one file alone: result {alone.checked[0]:.1f} s after its last byte", flush=True)
    contents = {name: invent_list(rows, place) for place, name in enumerate(bringing)}
    until = time.monotonic() + seconds
    looking = [look(client, found, until, random.Random(name)) for name, client in clients.items()]
    files = [bring(clients[name], officers[name], contents[name], found) for name in bringing]
    await asyncio.gather(*looking, *files)
    for client in clients.values():
        await client.aclose()
    return found


def percentile(values: list[float], share: int) -> float:
    """The value below which so many of a hundred lie."""
    return quantiles(values, n=100)[share - 1] if len(values) > 1 else values[0]


def tell(found: Measured, settings: Settings, uploads: int, rows: int) -> dict[str, object]:
    """The figures; what was sent is taken in now, and counted."""
    taken = [steps.take_in(settings, batch_id) for batch_id in found.batches.values()]
    exact = sum((one.rows_in, one.accepted) == (rows, rows) for one in taken)
    return {
        "pages": len(found.pages),
        "page_p50_ms": round(1000 * percentile(found.pages, 50)),
        "page_p95_ms": round(1000 * percentile(found.pages, 95)),
        "page_p99_ms": round(1000 * percentile(found.pages, 99)),
        "slowest": [(round(1000 * took), path) for took, path in found.slowest],
        "uploads": len(found.brought),
        "bytes_brought_p95_s": round(percentile(found.brought, 95), 1),
        "result_first_s": round(min(found.checked), 1),
        "result_last_s": round(max(found.checked), 1),
        "batches": len(set(found.batches.values())),
        "batches_with_every_row_once": exact,
        "lost_or_doubled": uploads - exact,
        "faults": found.faults[:20],
    }


def main() -> None:
    """Measure, print, and end with 1 where a figure that was asked for does not hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--officers", type=int, default=200)
    parser.add_argument("--uploads", type=int, default=50)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=120)
    asked = parser.parse_args()
    with passing() as (settings, _):
        wards = reference.wards()["ward_code"].to_pylist()
        officers = {f"o{place:03}": f"PX{wards[place % len(wards)]}" for place in range(asked.officers)}
        with running(settings) as town:
            invented = tuple(
                Invented(account, "load (invented)", (("officer", Scope(wards=(sender[2:],))),))
                for account, sender in officers.items()
            )
            passwords = make_accounts(settings, invented)
            found = asyncio.run(load(town, officers, passwords, asked.uploads, asked.rows, asked.seconds))
            told = tell(found, settings, asked.uploads, asked.rows)
    print(json.dumps(told, indent=1))
    sys.exit(0 if told["page_p95_ms"] <= 300 and not told["lost_or_doubled"] and not told["faults"] else 1)  # type: ignore[operator]


if __name__ == "__main__":
    main()
