"""`brygga gc`: what nothing uses any more."""

from __future__ import annotations

import click

from brygga.cli.output import json_option, print_json, print_table
from brygga.gc import Garbage, Sweep
from brygga.store.disk import size_text


@click.command()
@click.option("--dry-run", is_flag=True, help="Only list it, with sizes and reasons.")
@json_option
def gc(dry_run: bool, as_json: bool) -> None:
    """Remove what nothing uses any more, in all workspaces.

    Content, environments, servers, wheels, folders and logs that no service, kept revision, image
    or model needs. May be interrupted, repeated, and run while others deploy.
    """
    from brygga.workspace import collect_all_garbage

    swept = collect_all_garbage(dry_run=dry_run)
    if as_json:
        print_json(_as_json(swept))
        return
    rows = [{**_fields(each), "size": size_text(each.size)} for each in swept.found]
    print_table(
        rows, ("kind", "name", "workspace", "size", "reason"), empty="Nothing is left unused."
    )
    if dry_run and rows:
        click.echo(f"{size_text(swept.size)} could be freed. Remove it with: brygga gc")
    elif rows:
        click.echo(f"{size_text(swept.freed)} freed.")
        kept = len(swept.found) - len(swept.removed)
        if kept:
            click.echo(f"{kept} of these are in use meanwhile, and were kept.", err=True)


def _fields(garbage: Garbage) -> dict[str, object]:
    return {
        "kind": garbage.kind,
        "name": garbage.name,
        "workspace": garbage.workspace or "",
        "size": garbage.size,
        "reason": garbage.reason,
    }


def _as_json(swept: Sweep) -> dict[str, object]:
    removed = set(swept.removed)
    return {
        "found": [{**_fields(each), "removed": each in removed} for each in swept.found],
        "size": swept.size,
        "freed": swept.freed,
    }
