"""``python -m soak fleet``: the table, and the picture of docs/reliability.md."""

from __future__ import annotations

from pathlib import Path

from soak import fleet, plot

PICTURE = Path(__file__).parents[1] / "docs" / "fleet.svg"


def main() -> None:
    for line in fleet.table():
        print(line, flush=True)
    PICTURE.write_text(
        plot.picture(fleet.run(fleet.Outage()), fleet.run(fleet.Outage(jitter=False))), "utf-8"
    )


if __name__ == "__main__":
    main()
