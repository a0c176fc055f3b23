"""Files of another system for tests of the import, and an import in a process that may be killed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from service.importing.mapping import read_mapping
from service.importing.running import import_file
from tests.support.write_side import School, school_on

CLIENTS = """
source = "ancien"
kind = "clients"
[columns]
key = "No"
last_name = "Nom"
first_name = "Prénom"
form_of_address = "Titre"
email = "Courriel"
postal_code = "CP"
country = "Pays"
[values.form_of_address]
"Mme" = "madam"
"M." = "sir"
[values.country]
"Canada" = "CA"
[defaults]
country = "CA"
"""
CLIENTS_HEAD = "No;Nom;Prénom;Titre;Courriel;CP;Pays"

FOLLOWED = """
source = "ancien"
kind = "followed"
dates = "%d/%m/%Y"
[columns]
key = "No"
client = "Client"
activity = "Atelier"
last_day = "Date"
[values.activity]
"Ancien nom" = "ID"
"""
FOLLOWED_HEAD = "No;Client;Atelier;Date"

WORKSHOPS = """
source = "ancien"
kind = "workshops"
times = "%d/%m/%Y %H:%M"
[columns]
key = "No"
activity = "Atelier"
venue = "Lieu"
starts = "Début"
ends = "Fin"
capacity = "Places"
retake_limit = "Reprises"
organiser = "Organise"
trainer = "Forme"
[values.venue]
"EN LIGNE" = ""
"""
WORKSHOPS_HEAD = "No;Atelier;Lieu;Début;Fin;Places;Reprises;Organise;Forme"

REGISTRATIONS = """
source = "ancien"
kind = "registrations"
dates = "%d/%m/%Y"
[columns]
key = "No"
client = "Client"
activity = "Atelier"
workshop = "Session"
phase = "Phase"
invoice = "Facture"
invoiced_on = "Date"
price = "Prix"
deposit = "Acompte"
paid = "Payé"
"""
REGISTRATIONS_HEAD = "No;Client;Atelier;Session;Phase;Facture;Date;Prix;Acompte;Payé"

BALANCES = """
source = "ancien"
kind = "balances"
dates = "%d/%m/%Y"
[columns]
key = "No"
client = "Client"
invoice = "Facture"
invoiced_on = "Date"
amount = "Solde"
"""
BALANCES_HEAD = "No;Client;Facture;Date;Solde"


def written(folder: Path, mapping: str, head: str, lines: Sequence[str]) -> tuple[Path, Path]:
    """The mapping and the file, on disk."""
    folder.mkdir(exist_ok=True)
    paths = folder / "mapping.toml", folder / "file.csv"
    paths[0].write_text(mapping, "utf-8")
    paths[1].write_text("\n".join([head, *lines]) + "\n", "utf-8")
    return paths


def many(count: int) -> list[str]:
    """So many different clients."""
    return [f"{n};D'Arcy {n};Éloïse;Mme;eloise.{n}@example.com;H2X 1Y4;Canada" for n in range(count)]


def imported(school: School, paths: tuple[Path, Path], *, dry_run: bool = False) -> list[dict[str, str]]:
    """The rows of the report."""
    report = io.StringIO(newline="")
    counted = import_file(school.side, read_mapping(paths[0]), paths[1], report, dry_run=dry_run)
    report.seek(0)
    rows = list(csv.DictReader(report, delimiter=";"))
    assert counted.total() == len({row["Ligne"] for row in rows})
    return rows


def import_until_killed(database: str, mapping: Path, file: Path) -> None:
    """For a process of its own."""
    with school_on(database) as school:
        imported(school, (mapping, file))
