"""CSV as spreadsheets and platforms want it: quoted by RFC 4180, and with no cell that is a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from fanout.grading.errors import TableError

Cell = str | int | float | None

# A cell that begins like this is a formula to a spreadsheet, also behind blanks, and also in the
# full-width forms that a Japanese keyboard writes (OWASP, "CSV Injection").
_FORMULA = re.compile(r"^[\s\0]*[=+\-@＝＋－＠]|^[\t\r\n]")
# Where a table is shown in a terminal, these would act: escapes, and marks that turn the direction.
_ACTS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def harmless(cell: Cell) -> str:
    """A cell as text that no spreadsheet runs and no terminal obeys.

    What looks like a formula gets an apostrophe in front, and control characters become �.
    """
    text = "" if cell is None else str(cell)
    runs = _FORMULA.match(text) and not _NUMBER.fullmatch(text) and text != "-"
    text = _ACTS.sub("\ufffd", text)
    return f"'{text}" if runs else text


def write_table(path: Path, rows: Iterable[Sequence[Cell]]) -> None:
    """Write rows as CSV, every cell harmless, whole or not at all."""
    write_text(path, as_csv([[harmless(cell) for cell in row] for row in rows]))


def as_csv(rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    """Rows as the text of a CSV file, cells as they are."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def write_text(path: Path, text: str) -> None:
    """Write a file under its name only when it is complete."""
    temporary = path.with_name(f".{path.name}.new")
    # Half a surrogate pair, which JSON can spell, has no bytes: a question mark stands for it.
    temporary.write_text(text, encoding="utf-8", errors="replace", newline="")
    temporary.replace(path)


class Sheet:
    """A CSV file of the instructor's, read to be filled in and written back in its own style."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise TableError(f"`{path}` cannot be read as CSV in UTF-8 ({error}).") from error
        first = text.split("\n", 1)[0]
        self._delimiter = ";" if first.count(";") > first.count(",") else ","
        self._mark = "\ufeff" if path.read_bytes().startswith(b"\xef\xbb\xbf") else ""
        self.rows = [row for row in csv.reader(io.StringIO(text), delimiter=self._delimiter) if row]
        if not self.rows:
            raise TableError(f"`{path}` is empty. Export it again.")
        width = max(map(len, self.rows))
        for row in self.rows:
            row += [""] * (width - len(row))

    @property
    def header(self) -> list[str]:
        """The titles of the columns."""
        return self.rows[0]

    def column(self, title: str) -> int:
        """The place of a column. Raises `TableError` when the file has none of that title."""
        if title in self.header:
            return self.header.index(title)
        raise TableError(
            f"`{self.path}` has no column `{title}`; it has {', '.join(self.header[:8])}. Export it again."
        )

    def text(self, untouched: Iterable[int] = ()) -> str:
        """The file's new text; cells are harmless, but for the columns that a platform matches by."""
        kept = set(untouched)
        rows = [
            [cell if at in kept else harmless(cell) for at, cell in enumerate(row)]
            for row in self.rows
        ]
        return self._mark + as_csv(rows, self._delimiter)


def scaled(points: int, of: int, maximum: str) -> str:
    """Points on the scale of a platform's assignment, with at most two decimals.

    :param maximum: what the platform's file says a full solution gets; without a number in it the
        points stay as they are.
    """
    text = maximum.strip().replace(",", ".")
    full = float(text) if _NUMBER.fullmatch(text) else float(of)
    return f"{points / of * full if of else 0:.2f}".rstrip("0").rstrip(".")
