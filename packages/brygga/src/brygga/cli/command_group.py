"""Groups of commands that know where else a command could have been meant."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

import click


class CommandGroup(click.Group):
    """A `click.Group` whose answer to an unknown command names the one that was meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named first.

        Raises:
            UsageError: there is none of that name.
        """
        name = args[0]
        unknown = self.get_command(ctx, name) is None and not name.startswith("-")
        if unknown and not ctx.resilient_parsing:
            meant = next(iter(_meant(ctx, self, name)), None)
            near = f" Did you mean '{meant}'?" if meant else ""
            raise click.UsageError(f"No such command {name!r}.{near}", ctx)
        return super().resolve_command(ctx, args)


def _meant(ctx: click.Context, group: click.Group, name: str) -> Iterator[str]:
    """Whole commands, the likeliest first: the very name elsewhere, then one like it here."""
    root = ctx.find_root()
    whole = root.command
    assert isinstance(whole, click.Group)
    tops = whole.list_commands(root)
    if group is not whole and name in tops:
        yield f"{root.command_path} {name}"
    near = get_close_matches(name, group.list_commands(ctx), n=1, cutoff=0.75)
    yield from (f"{ctx.command_path} {each}" for each in near)
    # What people name without a noun is mostly a service.
    for top in sorted(tops, key=lambda each: each != "service"):
        inner = whole.get_command(root, top)
        if isinstance(inner, click.Group) and inner is not group and name in inner.commands:
            yield f"{root.command_path} {top} {name}"
