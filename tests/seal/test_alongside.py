import threading

import pytest

from vigbox.seal.alongside import Alongside


def test_work_is_done_in_order_in_one_other_thread() -> None:
    threads = set()

    def work(number: int) -> int:
        threads.add(threading.get_ident())
        return number * number

    with Alongside(work) as second:
        for number in range(100):
            second.ask(number)
        assert [second.answer() for _ in range(100)] == [n * n for n in range(100)]
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_an_error_is_raised_where_it_is_waited_for_and_ends_the_work() -> None:
    done = []

    def work(number: int) -> None:
        if number == 2:
            raise OSError("no room")
        done.append(number)

    with Alongside(work) as second:
        for number in range(5):
            second.ask(number)
        second.answer()
        second.answer()
        with pytest.raises(OSError, match="no room"):
            second.answer()
    assert done == [0, 1]


def test_leaving_waits_for_the_work_in_hand() -> None:
    may_end, done = threading.Event(), []

    def work(number: int) -> None:
        may_end.wait()
        done.append(number)

    with Alongside(work) as second:
        second.ask(1)
        threading.Timer(0.01, may_end.set).start()
    assert done == [1]
