"""Which settings stand on which page of /reglages (INS-5, COM-4, DOS-3, FAC-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aggregates.catalogue.settings import Region, Responsibility
from aggregates.kernel import Role
from aggregates.links import LinkPurpose
from commands.access import RESPONSIBLE
from portal.form import WrongFieldError
from portal.staff import settings_money
from portal.staff.plan_workshop import ZONES
from portal.staff.settings_fields import Draft, Part, Setting, link, number, pairs, text_of, whole, within
from schema.labels import label


def parts(people: Mapping[str, str], zone: str) -> dict[str, Part]:
    """All of them by the word in the address; `people` may hold a responsibility: by id or role."""
    found = (
        Part(
            "ecole",
            "L’école",
            "Ce que les courriels et les pages publiques disent de l’école.",
            _school(zone),
        ),
        Part(
            "paiement",
            "Règles de paiement",
            "Acomptes, reprises et frais, par catégorie et devise. Ce qui est vendu garde ses règles.",
            settings_money.terms_of_sale(),
        ),
        Part(
            "conditions",
            "Conditions et confidentialité",
            "Les pages où mènent les courriels et les factures.",
            [*map(_terms_link, Region), *_policy()],
        ),
        Part(
            "devises",
            "Devises et factures",
            "Ce que chaque devise imprime. Les factures faites restent comme elles sont.",
            settings_money.currencies(),
        ),
        Part(
            "delais",
            "Délais et limites",
            "Combien de temps le portail attend, offre et garde.",
            [*_limits(), *map(_link_hours, LinkPurpose)],
        ),
        Part(
            "responsabilites",
            "Responsabilités",
            "Qui reçoit chaque sorte de tâche dans « À faire ».",
            [_responsible(each, people) for each in Responsibility],
        ),
    )
    return {part.key: part for part in found}


def holders(staff: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Whoever may hold a responsibility: roles first, then people by name."""
    roles = {role.value: f"Rôle : {label('fr', 'role', role.value)}" for role in Role if role in RESPONSIBLE}
    return roles | {str(person["id"]): str(person["name"]) for person in staff}


def _school(zone: str) -> list[Setting]:
    return [
        text_of("name", "Nom", required=True),
        text_of("email", "Adresse de courriel", required=True, help="Où écrivent les clients."),
        _telephones(),
        Setting(
            "zone",
            "Fuseau horaire",
            lambda s: s.zone,
            lambda draft, text: draft.update(zone=text),
            "choice",
            "Des dates sans lieu, et de l’année des numéros.",
            choices={zone: zone} | ZONES,
        ),
        link("newsletter", "Page de l’infolettre", ["newsletter"], lambda s: s.newsletter),
        link("help_video", "Vidéo « comment entrer »", ["help_video"], lambda s: s.help_video),
    ]


def _terms_link(region: Region) -> Setting:
    words = label("fr", "region", region.value)
    return link(
        f"terms-{region.value}",
        f"Conditions d’annulation, {words}",
        ["terms_links", region.value],
        lambda s: s.terms_links.get(region, ""),
    )


def _policy() -> list[Setting]:
    def version(draft: Draft, text: str) -> None:
        if not text:
            raise WrongFieldError("policy_version", "Donnez un nom à cette version.")
        within(draft, "privacy_policy")["version"] = text

    where = ["privacy_policy", "link"]
    return [
        link("policy_link", "Politique de confidentialité", where, lambda s: s.privacy_policy.link),
        Setting(
            "policy_version",
            "Version de cette politique",
            lambda s: s.privacy_policy.version,
            version,
            help="Notée avec chaque compte ouvert. Changez-la quand le texte change.",
            required=True,
        ),
    ]


def _limits() -> list[Setting]:
    return [
        number("hold_minutes", "Places d’un panier retenues, en minutes", 1, 1440),
        number("offer_hours", "Place de la liste d’attente offerte, en heures", 1, 1440),
        number("proof_hours", "Preuve d’un rabais attendue, en heures", 1, 1440),
        number("done_within_years", "Une activité suivie compte dans une phase, en années", 0, 20),
        number("cheque_months", "Chèques à envoyer si la série suivante est plus loin, en mois", 0, 24),
        number("mail_text_months", "Texte des courriels gardé, en mois", 1, 600),
        number("mail_months", "Trace des courriels gardée, en mois", 1, 600),
        _capitals(),
    ]


def _telephones() -> Setting:
    def write(draft: Draft, text: str) -> None:
        draft["telephones"] = dict(pairs("telephones", text))

    return Setting(
        "telephones",
        "Téléphones par région",
        lambda s: "\n".join(f"{where} : {number}" for where, number in s.telephones.items()),
        write,
        "lines",
        "Une région par ligne : « Québec : 514 555-0199 ». Dans les courriels et pour qui a déjà un dossier.",
    )


def _capitals() -> Setting:
    def write(draft: Draft, text: str) -> None:
        draft["capitals_allowed"] = text.replace(",", " ").split()

    return Setting(
        "capitals_allowed",
        "Mots permis tout en majuscules",
        lambda s: " ".join(s.capitals_allowed),
        write,
        help="Séparés par des espaces : CNV RGPD. Tout autre mot en majuscules arrête un envoi.",
    )


def _responsible(responsibility: Responsibility, people: Mapping[str, str]) -> Setting:
    def write(draft: Draft, text: str) -> None:
        if text not in people:
            raise WrongFieldError(responsibility.value, "Choisissez une personne ou un rôle de la liste.")
        within(draft, "responsibilities")[responsibility.value] = text

    words = label("fr", "responsibility", responsibility.value)
    return Setting(
        responsibility.value,
        words[:1].upper() + words[1:],
        lambda s: str(s.holder_of(responsibility)),
        write,
        "choice",
        choices=people,
    )


def _link_hours(purpose: LinkPurpose) -> Setting:
    name = f"link-{purpose.value}"

    def write(draft: Draft, text: str) -> None:
        within(draft, "link_hours")[purpose.value] = whole(name, text, 1, 24 * 366)

    words = label("fr", "link_purpose", purpose.value)
    return Setting(
        name,
        words[:1].upper() + words[1:],
        lambda s: str(int(s.lasts(purpose).total_seconds() // 3600)),
        write,
        "number",
        required=True,
        under="Les liens des courriels, en heures" if purpose is LinkPurpose.ACTIVATION else "",
    )
