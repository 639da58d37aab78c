"""`healthbook review …`: the queue of pairs that only a person can decide, and what his decisions teach.

What `next` prints names people: it is for a reviewer's eyes, and that he saw it is audited.
"""

from typing import Annotated

import typer

from etl.console import give, ready

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="Decide what the linkage leaves open, and learn from it."
)

Actor = Annotated[str, typer.Option(help="Account of the reviewer, who answers for it")]
Sample = Annotated[int | None, typer.Option(help="Number of a sample, for blind review")]
Seed = Annotated[int, typer.Option(help="Same seed, same lot")]


@app.command("next")
def next_pairs(
    actor: Actor, count: Annotated[int, typer.Option(min=1, max=100, help="Pairs")] = 1, sample: Sample = None
) -> None:
    """Show the pairs that are worth most to decide, side by side, with weights; of a sample: blind, without them."""
    from etl import steps

    settings = ready()
    if sample is None:
        give(steps.next_pairs(settings, actor, count))
    else:
        give(steps.next_blind(settings, sample, actor, count))


@app.command()
def alike(record: Annotated[int, typer.Argument(help="Number of the record")], actor: Actor) -> None:
    """Show the provisional persons who may be the one of a record, the likeliest first, weighed field by field."""
    from etl import steps

    give(steps.find_alike(ready(), actor, record))


@app.command()
def decide(
    record: Annotated[int, typer.Argument(help="Number of the record")],
    verdict: Annotated[str, typer.Option(help="same, different, cannot_tell or split")],
    actor: Actor,
    reason: Annotated[str, typer.Option(help="Code of the reason; docs/review.md lists them")],
    person: Annotated[
        int | None,
        typer.Option(
            help="The person ruled on, a provisional one with his minus; else the candidate, or the linked one"
        ),
    ] = None,
    note: Annotated[str | None, typer.Option(help="In your own words")] = None,
    sample: Sample = None,
) -> None:
    """Rule on a record and a person: it binds at once and in every build to come. A blind ruling measures only."""
    from etl import steps

    settings = ready()
    chosen = person if person is not None else steps.default_person(settings, record, verdict, sample)
    give(steps.decide(settings, steps.Ruling(record, chosen, verdict, reason, actor, note, sample)))


@app.command()
def status() -> None:
    """Show how many wait, by rule and age, and what was ruled."""
    from etl import steps

    give(steps.review_status(ready()))


@app.command()
def calibrate(
    actor: Actor,
    apply: Annotated[bool, typer.Option("--apply", help="Keep the model, if its check is better")] = False,
    seed: Seed = 1,
) -> None:
    """Learn from rulings, checked on rulings that taught nothing; prints figures before and after."""
    from etl import steps

    give(steps.calibrate(ready(), actor, seed, apply))


@app.command()
def sample(actor: Actor, count: Annotated[int, typer.Option(min=1, help="Pairs")], seed: Seed = 1) -> None:
    """Draw pairs for a blind second review; prints the number of the sample."""
    from etl import steps

    give(steps.draw_sample(ready(), count, seed, actor))


@app.command()
def agreement(sample: Sample = None) -> None:
    """How far reviewers agree (kappa), and the share of false matches by a sample, with intervals."""
    from etl import steps

    give(steps.agreement(ready(), sample))


@app.command()
def estimate(
    seed: Seed = 1, share: Annotated[float, typer.Option(help="Share of the people with sure links to hide")] = 0.01
) -> None:
    """The share of false matches without anybody looking: by senders' own numbers, and by people hidden for a test."""
    from etl import steps

    give(steps.estimate(ready(), seed, share))
