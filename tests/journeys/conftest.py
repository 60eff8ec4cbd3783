"""A demonstration for the journeys of one file; some have one of their own."""

from collections.abc import Iterator

import pytest

from tests.journeys.demo import Demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("demo") / "data")
    yield demo
    demo.stop()
