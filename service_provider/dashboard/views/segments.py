"""Segments: the grid, its worth, who is in a cell, and who went from where to where."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from engine.contracts import NEWCOMERS, SegmentsReport
from service_provider.dashboard import job_progress, wording
from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.figures import segments as figures
from service_provider.dashboard.forms.segments import MigrationForm, SortForm, end_of
from service_provider.dashboard.paging import page_number
from service_provider.queries import jobs as job_rows
from service_provider.queries import learning as versions
from service_provider.queries import mall
from service_provider.queries import segments as memberships
from service_provider.queries.access import may
from service_provider.queries.learning import SEGMENTS, ModelVersionRow
from service_provider.queries.people import census
from service_provider.services import jobs
from service_provider.services import segments as service

MONTH = timedelta(days=28)


@require_safe
@needs("see_dashboard")
def segments(request: HttpRequest) -> HttpResponse:
    version = _asked(request)
    may_train, may_promote = (may(actor(request), verb).allowed for verb in ("train", "promote"))
    page = versions.list_lines(SEGMENTS, number=page_number(request))
    job = job_rows.find_live(live_key=service.TRAIN)
    newest = next(iter(job_rows.list_newest(kind=service.TRAIN, limit=1)), None)
    context: dict[str, Any] = {
        "version": version,
        "page": page,
        "versions": figures.versions(page.rows, mall=mall.get_settings(), may_promote=may_promote),
        "may_train": may_train,
        "may_promote": may_promote,
        "may_roll_back": may_promote and versions.find_roll_back_target(SEGMENTS) is not None,
        "job": job,
        "shown": job_progress.shown(job, now=timezone.now()) if job else None,
        "failed": newest if newest and newest.state == "failed" else None,
    }
    if version:
        context |= _told(request, version)
    return render(request, "service_provider/segments.html", context)


def _asked(request: HttpRequest) -> ModelVersionRow | None:
    """`?version=3`, else the one in use, else the newest."""
    text = request.GET.get("version", "")
    if text:
        found = versions.find_number(SEGMENTS, int(text)) if text.isdecimal() and len(text) < 10 else None
        if found is None:
            raise Http404("There is no such version.")
        return found
    return versions.find_live(SEGMENTS) or versions.find_newest(SEGMENTS)


def _told(request: HttpRequest, version: ModelVersionRow) -> dict[str, Any]:
    settings, report = mall.get_settings(), version.report
    colour = request.GET.get("colour", "size")
    colour = colour if colour in figures.COLOURS else "size"
    as_of = _as_of(report)
    today = memberships.sizes() if version.is_live else {}
    return {
        "report": report,
        "as_of": as_of,
        "colour": colour,
        "colours": figures.COLOURS,
        "grid": figures.grid(report, colour=colour, mall=settings),
        "segments": figures.figures(report, today, as_of=as_of, mall=settings),
        "methods": figures.methods(report),
        "axes": figures.axes(report),
        "moved": None if report.moved_share is None else wording.rate(report.moved_share),
        "by_refit": None if report.moved_by_refit is None else wording.rate(report.moved_by_refit),
        "enough": settings.min_group_size,
        "is_assigned": memberships.is_assigned(),
        "chosen": f"version={version.number}",
    }


def _as_of(report: SegmentsReport) -> str:
    return wording.moment(mall.get_settings().local(datetime.fromtimestamp(report.as_of_ms / 1000, UTC)))


@require_POST
@needs("train")
def segments_train(request: HttpRequest) -> HttpResponse:
    try:
        job_id = service.start_training(by=actor(request), now=timezone.now())
    except jobs.AlreadyRunning as running:
        if running.job_id is None:
            return redirect("provider:segments")
        job_id = running.job_id
    return redirect("provider:job", job_id)


@require_safe
@needs("see_dashboard")
def segment(request: HttpRequest, code: str) -> HttpResponse:
    """The shoppers of a segment, as they are assigned now."""
    names = memberships.names()
    if code not in names:
        raise Http404("There is no such segment.")
    form = SortForm(request.GET)
    sort = form.cleaned_data["sort"] if form.is_valid() else ""
    if not sort:
        sort = "-since" if code == NEWCOMERS else "-spending"
        form.data = {"sort": sort}
    page = memberships.list_members(code, sort=sort, number=page_number(request))
    keys = [row.shopper_key for row in page.rows]
    may_see = may(actor(request), "see_people").allowed
    linked = census.with_account(keys) if may_see else frozenset()
    context = {
        "code": code,
        "name": names[code],
        "page": page,
        "form": form,
        "members": figures.members(page.rows, linked, mall=mall.get_settings()),
        "chosen": f"code={code}&sort={sort}",
        "as_of": wording.moment(mall.get_settings().local(timezone.now())),
    }
    return render(request, "service_provider/segment.html", context)


@require_safe
@needs("see_dashboard")
def segments_migration(request: HttpRequest) -> HttpResponse:
    settings, first = mall.get_settings(), memberships.first_day()
    if first is None:
        return render(request, "service_provider/segments_migration.html", {"form": None})
    today, begun = settings.local(timezone.now()).date(), settings.local(first).date()
    default = {"before": max(begun, today - MONTH), "after": today}
    given = request.GET if {"before", "after"} & request.GET.keys() else None
    form = MigrationForm(given, initial=default, first=begun, today=today)
    context: dict[str, Any] = {"form": form, "table": None, "begun": wording.day(begun)}
    days = form.cleaned_data if given is not None and form.is_valid() else default
    if not form.errors:
        before, after = days["before"], days["after"]
        moves = memberships.migration(end_of(before, settings), end_of(after, settings))
        context["table"] = figures.migration(
            moves, memberships.names(), before=wording.day(before), after=wording.day(after)
        )
        context["stayed"] = _stayed(moves)
    return render(
        request, "service_provider/segments_migration.html", context, status=400 if form.errors else 200
    )


def _stayed(moves: dict[tuple[str, str], int]) -> str:
    """Of those who had a segment on both days."""
    both = {pair: count for pair, count in moves.items() if all(pair)}
    total = sum(both.values())
    return wording.rate(sum(n for (old, new), n in both.items() if old == new) / total) if total else ""
