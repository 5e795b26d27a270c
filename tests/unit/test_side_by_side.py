"""Shares of work done by forks of one program."""

import os

import pytest

from bot.cli.side_by_side import each


def test_each_share_is_done_by_a_process_of_its_own_and_the_answers_come_in_order() -> None:
    answers = each(lambda share: (share * 2, os.getpid()), [1, 2, 3])
    assert [doubled for doubled, _ in answers] == [2, 4, 6]
    assert answers[0][1] == os.getpid()
    assert len({process for _, process in answers}) == 3


def test_a_share_that_a_fork_cannot_do_is_done_here() -> None:
    here = os.getpid()

    def do(share: int) -> int:
        if os.getpid() != here:
            os._exit(1)
        return share

    assert each(do, [1, 2]) == [1, 2]


def test_an_error_is_raised_here_whoever_met_it_first() -> None:
    with pytest.raises(ZeroDivisionError):
        each(lambda share: 1 // share, [1, 0])
