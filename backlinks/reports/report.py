"""A report: an iterable of frozen records that knows its columns and the SQL behind them.

Rows come as they are found and are read once a loop, while the store is open. Not here: how they are printed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from storage import ALL_ROWS, Choice, Prepared, Question, Questions, prepare

R = TypeVar("R", bound=NamedTuple)


@dataclass(frozen=True, slots=True)
class Report(Generic[R]):
    questions: Questions
    question: Question[R]
    choice: Choice = ALL_ROWS
    narrow: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return self.question.columns

    @property
    def table_columns(self) -> tuple[str, ...]:
        """The columns that a person reads on a line; every one when there are few."""
        return self.narrow or self.columns

    def __iter__(self) -> Iterator[R]:
        return self.questions.ask(self.question, self.choice)

    def prepared(self) -> Prepared:
        """The SQL with what is bound in it. Raises QueryRefused for a choice that does not fit."""
        return prepare(self.question, self.choice)
