"""Which errors are retried, what reaches a log, what may stand in an XCom."""

from dataclasses import dataclass

import pytest

from etl.errors import ConfigError, DataError, DependencyError, HealthbookError
from etl.orchestration.policy import RETRIES, figures, stated


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (DependencyError("away"), "retry"),
        (DataError("refused"), "fail"),
        (ConfigError("wrong"), "fail"),
        (HealthbookError("fault"), "fail"),
        (ValueError("fault"), "fail"),
    ],
)
def test_only_a_lost_dependency_is_tried_again(error: Exception, action: str) -> None:
    assert RETRIES.evaluate(error, 1, 4).action.value == action


def test_a_foreign_message_never_reaches_the_log() -> None:
    with pytest.raises(HealthbookError) as caught, stated("link"):
        int("Nguyễn Văn Bí Mật")
    assert "Bí Mật" not in str(caught.value)
    assert "ValueError" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_our_own_errors_pass_as_they_are() -> None:
    with pytest.raises(DependencyError, match="away"), stated("link"):
        raise DependencyError("away")


def test_only_figures_of_a_receipt_reach_an_xcom() -> None:
    @dataclass(frozen=True)
    class Receipt:
        batch_id: int
        state: str
        sender_file: str
        findings: tuple[str, ...]

    assert figures(Receipt(3, "accepted", "Danh sách bà Lan.xlsx", ("x",))) == {"batch_id": 3, "state": "accepted"}
