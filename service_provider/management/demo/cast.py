"""Who lives in the demo mall: two of the office, two shoppers one may be, and a crowd."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from service_provider.queries.access import ANALYST, COMMAND, Actor, actor_of
from service_provider.services.people import profile, registration, staff
from service_provider.services.people.profile import Contact, Preferences
from service_provider.services.people.registration import NewShopper

OFFICE = ("provider", "analyst")
NAMED = ("anna", "bea")
LOG_INS = (*OFFICE, *NAMED)
CROWD = 58
DAYS = 240  # the first of them came so long ago
PLACES = (
    ("Turkey", "Istanbul", "Istanbul"), ("Turkey", "Istanbul", "Kadikoy"), ("Turkey", "Ankara", "Ankara"),
    ("Turkey", "Izmir", "Izmir"), ("Germany", "Berlin", "Berlin"), ("Greece", "Attica", "Athens"),
)  # fmt: skip
FIRST_NAMES = (
    "Ada", "Ali", "Aylin", "Baran", "Cem", "Ceren", "Clara", "Deniz", "Ece", "Elif", "Emre", "Eva", "Filiz", "Hakan",
    "Ida", "Jonas", "Kaan", "Lara", "Leyla", "Lina", "Mert", "Mia", "Nazan", "Nils", "Ozan", "Pia", "Selin", "Tarik",
    "Yusuf",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resident:
    """A shopper as far as the history needs her."""

    actor: Actor
    gender: str
    age: int
    came_at: datetime


def password() -> str:
    """One that can be typed: four groups of five letters and digits, 100 random bits."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def open_office(*, now: datetime) -> None:
    """The provider and the analyst; nobody knows their passwords yet."""
    for name in OFFICE:
        user_id = staff.create_provider(name, f"{name}@mall.example", password(), by=COMMAND, now=now)
        if name == "analyst":
            staff.change(
                user_id, role=ANALYST, active=True, reason="Reads and downloads only.", by=COMMAND, now=now
            )


def names() -> tuple[str, ...]:
    crowd = (f"{FIRST_NAMES[i % len(FIRST_NAMES)].lower()}{i // len(FIRST_NAMES) + 1}" for i in range(CROWD))
    return (*NAMED, *crowd)


def settle(
    categories: Sequence[str],
    malls: Sequence[str],
    *,
    rng: Random,
    now: datetime,
    show: Callable[[Iterable[str]], Iterable[str]],
) -> list[Resident]:
    """Registers everybody over the last months; `show` wraps the names in a progress bar."""
    return [_register(name, categories, malls, rng=rng, now=now) for name in show(names())]


def _register(
    name: str, categories: Sequence[str], malls: Sequence[str], *, rng: Random, now: datetime
) -> Resident:
    days = DAYS if name in NAMED else DAYS * rng.random() ** 2
    came_at = now - timedelta(days=days, minutes=rng.randrange(600))
    country, state, city = rng.choice(PLACES)
    phone = f"+49 30 5550 {rng.randrange(1000, 9999)}"
    user = registration.register(
        NewShopper(
            username=name,
            email=f"{name}@shopper.example",
            password=password(),
            phone=phone,
            country=country,
            state=state,
            city=city,
            analytics=rng.random() < 0.7 or name in NAMED,  # their visits are there to be seen
            offers=rng.random() < 0.5,
        ),
        now=came_at,
    )
    actor = actor_of(user)
    gender = "Female" if name in NAMED or rng.random() < 0.55 else "Male"
    age = rng.randrange(18, 70)
    profile.edit(actor, Contact(phone, country, state, city, gender, now.year - age), now=came_at)
    likes = Preferences(rng.sample(categories, 2), rng.sample(malls, 1), ["shop"])
    profile.prefer(actor, likes, now=came_at)
    if rng.random() < 0.15 and name not in NAMED:  # some change their mind
        profile.answer_consent(actor, {"analytics": False, "offers": rng.random() < 0.5}, now=now)
    return Resident(actor, gender, age, came_at)
