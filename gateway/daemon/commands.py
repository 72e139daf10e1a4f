"""What may be asked of the living gateway, by whatever door: one performer for all of them."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

import structlog
from pydantic_core import to_jsonable_python

from gateway.clock import SECOND, Clock
from gateway.configuration.site import Site
from gateway.control.peer import Caller, Role
from gateway.control.words import (
    CancelRequest,
    DropRequest,
    IdentifyRequest,
    MaintenanceRequest,
    MeasureRequest,
    OverhearRequest,
    OverrideRequest,
    ProveRequest,
    Refused,
    ReloadRequest,
    Request,
    RequeueRequest,
    ResumeRequest,
    StatusRequest,
    Value,
)
from gateway.daemon import calibration, names
from gateway.daemon.deadlines import maintenance_length, term
from gateway.daemon.lamplighter import Lamplighter
from gateway.daemon.overhearing import Overhearing
from gateway.daemon.points import choose
from gateway.daemon.status import Status
from gateway.export.forward import Forwarder
from gateway.lighting.decision import Rank
from gateway.lighting.facts import Cancel, Maintenance, Override
from gateway.lighting.lamps.lamp import FLASH, FLASHES
from gateway.record.writer import Record

MOST_ORDERS = 500
"""Overrides that may stand or be to come at once."""

COMMIT_PATIENCE = 15.0
"""Real seconds that an answer waits for its commit."""

Reload: TypeAlias = Callable[[str, str], Awaitable[Value]]
"""Reads the files anew, in the name of a login and for a reason."""

log = structlog.get_logger(__name__)


class Commands:
    """Performs requests, each as one step on the loop; what is to last is answered after its commit.

    `reload` reads the files anew. Whoever adopts another site sets `site`; whoever takes messages lets `overhearing`
    hear them.
    """

    def __init__(
        self,
        site: Site,
        clock: Clock,
        lamplighter: Lamplighter,
        record: Record,
        status: Status,
        forwarders: Sequence[Forwarder],
        reload: Reload | None = None,
    ) -> None:
        self.site = site
        self._clock = clock
        self._lamplighter = lamplighter
        self._record = record
        self._status = status
        self._forwarders = forwarders
        self._reload = reload
        self.overhearing = Overhearing()
        self._numbers = 0
        self._begun = time.monotonic()

    async def perform(self, request: Request, caller: Caller) -> Value:
        """Do what is asked and say what came of it. Raises `Refused` for what is not done."""
        match request:
            case OverrideRequest():
                return await self._override(request, caller)
            case CancelRequest():
                return await self._cancel(request, caller)
            case MaintenanceRequest() | ResumeRequest():
                return await self._about_maintenance(request, caller)
            case MeasureRequest() | ProveRequest():
                return await self._about_light(request, caller)
            case IdentifyRequest():
                return self._identify(request, caller)
            case RequeueRequest() | DropRequest():
                return await self._about_points(request, caller)
            case ReloadRequest():
                return await self._reload_files(request, caller)
            case StatusRequest() | OverhearRequest():
                return self._look(request)

    # ------------------------------------------------------------------------------------------------- overrides
    async def _override(self, request: OverrideRequest, caller: Caller) -> Value:
        order = self._order(request, caller)
        if order.proving:
            self._lamplighter.lamps.prove_anew(calibration.lamps(self.site, order.target))
        self._lamplighter.obey([order])
        log.info("an override was given", order=order.id, target=order.target, level=order.level, caller=caller.login)
        what = f"the lamps follow override {order.id} until it expires"
        await self._durable(f"{what}; a restart before the disk takes it forgets it")
        return {
            "id": order.id,
            "target": order.target,
            "level": order.level,
            "owner": order.owner,
            "start": _iso(order.start),
            "expires": _iso(order.expires),
            **self._came_to(order),
        }

    def _order(self, request: OverrideRequest, caller: Caller) -> Override:
        """The order as a fact. Raises `Refused` for one that the site's rules do not let through."""
        rules, (now, sure) = self.site.overrides, self._clock.now()
        target = names.target(self.site, request.target)
        if rules.needs_reason and not request.reason:
            raise Refused("no reason is given", "why, in a few words", '--reason "repair"')
        if request.force and not rules.below_floor:
            raise Refused(
                "an override may not go under what the lighting class asks",
                "no --force, and the lamps stay at the floor, or  overrides: {below_floor: allowed}  in lighting.yaml",
            )
        if not sure and (request.until or request.begins):
            raise Refused("the gateway's clock may be wrong", "a length of time: --for 2h")
        if len(self._lamplighter.engine.orders()) >= MOST_ORDERS:
            raise Refused(f"{MOST_ORDERS} overrides stand already", hint="reverbere override cancel ID|TARGET")
        when = term(request, rules, now, ZoneInfo(self.site.plan.timezone))
        if request.proving:
            calibration.check(self.site, target, when)
        return Override(
            id=f"o-{self.number()}",
            target=target,
            level=request.level,
            start=when.start,
            expires=when.expires,
            owner=_owner(request.owner, caller),
            reason=request.reason,
            force=request.force,
            caller=caller.login,
            by_clock=when.by_clock,
            proving=request.proving,
        )

    def number(self) -> int:
        """A number that no order of this record has: it is beyond that of the last entry.

        The entry of an order makes the record longer by one, so that the next one's number is beyond it, over a restart
        too.
        """
        self._numbers = max(self._numbers, self._record.status().seq) + 1
        return self._numbers

    def _came_to(self, order: Override) -> Value:
        """What the lamps that an order covers are told now; nothing of one that is yet to begin."""
        engine = self._lamplighter.engine
        lamps = calibration.lamps(self.site, order.target)
        standing = [engine.standing(lamp) for lamp in lamps]
        if order.start > engine.now or not standing:
            return {"lamps": len(lamps)}
        levels = [decision.level for decision in standing]
        floor = sum(decision.decided.rank is Rank.FLOOR for decision in standing)
        return {"lamps": len(lamps), "lowest": min(levels), "highest": max(levels), "at_floor": floor}

    async def _cancel(self, request: CancelRequest, caller: Caller) -> Value:
        orders = self._lamplighter.engine.orders()
        ids = [order.id for order in orders if order.id == request.order]
        if not ids:
            target = names.target(self.site, request.order)
            ids = [order.id for order in orders if order.target == target]
        if not ids:
            raise Refused(f"no override stands for {request.order}", hint="see: reverbere override list")
        owner = _owner(request.owner, caller)
        self._lamplighter.obey([Cancel(number, owner, caller.login) for number in ids])
        log.info("overrides were cancelled", orders=ids, caller=caller.login)
        await self._durable("the lamps follow; a restart before the disk takes it forgets it")
        return {"cancelled": ids}

    # ----------------------------------------------------------------------------------------------- maintenance
    async def _about_maintenance(self, request: MaintenanceRequest | ResumeRequest, caller: Caller) -> Value:
        if isinstance(request, ResumeRequest):
            return await self._resume(request, caller)
        return await self._maintain(request, caller)

    async def _maintain(self, request: MaintenanceRequest, caller: Caller) -> Value:
        lamp, now = names.lamp(self.site, request.lamp), self._clock.now().time
        if self.site.overrides.needs_reason and not request.reason:
            raise Refused("no reason is given", "why, in a few words", '--reason "new driver"')
        work = Maintenance(
            id=f"m-{self.number()}",
            lamp=lamp,
            start=now,
            expires=now + maintenance_length(request.lasts, self.site.overrides),
            owner=_owner(request.owner, caller),
            reason=request.reason,
            caller=caller.login,
        )
        self._lamplighter.obey([work])
        log.info("maintenance begins", work=work.id, lamp=lamp, caller=caller.login)
        await self._durable(f"{lamp} is left alone all the same; a restart before the disk takes it forgets it")
        return {"id": work.id, "lamp": lamp, "owner": work.owner, "expires": _iso(work.expires)}

    async def _resume(self, request: ResumeRequest, caller: Caller) -> Value:
        lamp = names.lamp(self.site, request.lamp)
        ids = [work.id for work in self._lamplighter.engine.maintenance() if work.lamp == lamp]
        if not ids:
            raise Refused(f"nobody works on {lamp}", "a lamp under maintenance")
        owner = _owner(request.owner, caller)
        self._lamplighter.obey([Cancel(number, owner, caller.login) for number in ids])
        log.info("maintenance is over", lamp=lamp, caller=caller.login)
        await self._durable("the lamp follows; a restart before the disk takes it forgets it")
        return {"cancelled": ids}

    async def _about_light(self, request: MeasureRequest | ProveRequest, caller: Caller) -> Value:
        if isinstance(request, MeasureRequest):
            return calibration.measured(self.site, self._lamplighter, request, self._clock.now().time)
        who = _owner(request.owner, caller), caller.login
        proof = calibration.by_person(self.site, request, self._clock.now().time, who)
        self._lamplighter.obey([proof])
        log.info("lux were measured", target=proof.target, verdict=proof.verdict, caller=caller.login)
        await self._durable("the lamps follow what was measured; a restart before the disk takes it forgets it")
        return {"target": proof.target, "owner": proof.owner, "verdict": proof.verdict, "points": proof.points}

    # -------------------------------------------------------------------------------------------------- the rest
    def _identify(self, request: IdentifyRequest, caller: Caller) -> Value:
        lamp = names.lamp(self.site, request.lamp)
        if any(work.lamp == lamp for work in self._lamplighter.engine.maintenance()):
            raise Refused(f"people work on {lamp}: it is told nothing", hint=f"reverbere maintenance cancel {lamp}")
        try:
            self._lamplighter.identify(lamp)
        except KeyError:
            raise Refused(f"{lamp} was not told anything yet", "a lamp of the plan that runs") from None
        log.info("a lamp shows which one it is", lamp=lamp, caller=caller.login)
        return {"lamp": lamp, "seconds": len(FLASHES) * FLASH / SECOND}

    async def _about_points(self, request: RequeueRequest | DropRequest, caller: Caller) -> Value:
        points = await asyncio.to_thread(choose, self.site.state, request)
        if isinstance(request, DropRequest):
            self._record.drop(points)
        else:
            self._record.requeue(points)
        log.info("refused points", do=request.do, points=len(points), caller=caller.login)
        await self._durable("it is done as soon as the disk takes it")
        for forwarder in self._forwarders:
            forwarder.wake()
        return {"points": len(points)}

    async def _reload_files(self, request: ReloadRequest, caller: Caller) -> Value:
        if self._reload is None:
            raise Refused("this gateway reads its files when it starts", hint="reverbere check DIR, then restart it")
        value = await self._reload(caller.login, request.note)
        await self._durable("the street follows the files; a restart before the disk takes it reads them anew")
        return value

    def _look(self, request: StatusRequest | OverhearRequest) -> Value:
        if isinstance(request, StatusRequest):
            return self._say_status()
        return {**self.overhearing.tell(request), "now": self._clock.now().time}

    def _say_status(self) -> Value:
        said: dict[str, object] = to_jsonable_python(
            {
                "pid": os.getpid(),
                "uptime": round(time.monotonic() - self._begun, 3),
                "site": self.site.id,
                "plan": self._lamplighter.engine.plan.digest,
                "overrides": len(self._lamplighter.engine.orders()),
                **asdict(self._status.health()),
            }
        )
        return said

    async def _durable(self, otherwise: str) -> None:
        """Wait for the commit of what was given. Raises `Refused`, with what holds then, if there is none."""
        try:
            async with asyncio.timeout(COMMIT_PATIENCE):
                durable = await self._record.committed()
        except TimeoutError:
            durable = False
        if not durable:
            trouble = self._record.status().trouble or "the record is very slow"
            raise Refused(trouble, "a record that can be written", otherwise)


def _owner(named: str, caller: Caller) -> str:
    """Who answers for an order: the login it comes from, or another whom a steward names. Raises `Refused`."""
    if named in {"", caller.login}:
        return caller.login
    if caller.role is not Role.STEWARD:
        raise Refused(f"{caller.login} may not order in the name of {named}", "root, or the gateway's own user")
    return named


def _iso(at: int) -> str:
    """UTC in ISO 8601, to the second."""
    return f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}"
