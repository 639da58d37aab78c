"""A dozen faults of the walk that `make fault` takes: each kind, in a first build and in a day's."""

import sys

import pytest

from etl.settings import PROJECT_DIR
from tests.command_line import run_program

pytestmark = pytest.mark.slow
