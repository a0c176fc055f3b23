"""Who may do what, written by hand from the specification; the code is compared with it, never the reverse.

Columns: client, organiser, trainer, office, accounting, admin, auditor, system (the processes).
A any · W own workshops, an organiser's by region too (of lists: what is one's own) · F own file · - none.
The specification's role table speaks of capabilities; where its rules say more, or otherwise, they hold, and
the line's end names the rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aggregates.kernel import Role
from commands.access import Scope

COLUMNS = (
    Role.CLIENT,
    Role.ORGANISER,
    Role.TRAINER,
    Role.OFFICE,
    Role.ACCOUNTING,
    Role.ADMIN,
    Role.AUDITOR,
    Role.SYSTEM,
)
_SCOPES = {"A": Scope.ANY, "W": Scope.OWN_WORKSHOPS, "F": Scope.OWN_FILE}

_COMMANDS = """
                          COTFAMUS
create-dossier            -A-AA---  DOS-2
change-profile            FA-AA---  DOS-19; staff mend what bounced: COM-10
record-contact-address    -A-AA---  DOS-6
remove-contact-address    -A-AA---  DOS-6
set-coordinates           -A-A----
set-billing               FA-AA---  DOS-16
remove-dossier            F--A----  DOS-8
invite-client             -A-AA---  DOS-3
sign-up                   -------A  DOS-1; the page of sign-up
ask-link                  -------A  DOS-3, DOS-7; the pages of the door
choose-password           -------A  DOS-7; the page of a link, the account’s own
confirm-address           -------A  DOS-1; the page of a link
ask-email-change          -------A  DOS-19; the account’s page, which asks the password
confirm-email-change      -------A  DOS-19; the page of a link
merge-dossiers            ---A----  DOS-5
restore-dossier           ---A----  DOS-9
settle-second-dossier     ---A----  DOS-4
replay-erasure            -------A  DOS-11
propose-deletion          ---A----  DOS-10
withdraw-deletion         ---A----  DOS-10
approve-deletion          ---A----  DOS-10
choose-preferences        F-------  DOS-18: by the client alone
record-preference         -A-AA---  DOS-18: staff, a « no »
stop-emails               F-------  COM-6
add-interest              FA-AA---  DOS-14
withdraw-interest         FA-AA---  DOS-14
write-note                -AWAA---  DOS-13; trainers on their rosters
write-to-client           -A-AA---  COM-5
begin-impersonation       -A-A----  DOS-12; organisers: clients of their own workshops, the command looks
end-impersonation         F-------  DOS-12; whoever acts as the client
grant-card                ---AA---  DOS-20
withdraw-card             ---AA---  DOS-20
ask-price-adjustment      FA-A----  CAT-4
refuse-price-adjustment   ----A---  CAT-4
register-client           -A-AA---  INS-1
register-for-phase        -A-AA---  INS-2
change-to-phase           -A-AA---  INS-11
add-followed-workshop     ----A---  ATE-8
reopen-place              -AAAAA--  INS-14: a responsibility
report-missing-place      -A-AA---  INS-14
tell-of-mistake           -A-AA---  INS-10
send-phase-letter         -AAAAA--  ATT-2: a responsibility
attach-document           FA-AA---  DOS-15, INS-6
remove-document           ---A----  DOS-15
receive-proof             FA-AA---  INS-6
accept-proof              -A-AA---  INS-6
reject-proof              -A-AA---  INS-6
mark-without-proof        -A-AA---  INS-6
choose-date               FA-AA---  INS-7
defer-registration        FA-AA---  INS-8
cancel-registration       FA-AA---  INS-8
resend-confirmation       FA-AA---  COM-1, DOS-19
note-undelivered          -A-AA--A  COM-10
resend-mail               -A-AA---  COM-1
resend-missed             -A-AA---  COM-10
set-aside-missed          -A-AA---  COM-10
put-in-basket             F-------  FAC-1
put-phase-in-basket       F-------  FAC-1
take-out-of-basket        F-------  FAC-1
finalise-basket           F-------  FAC-1
release-basket            FA-AA--A  FAC-1; staff, what they sell by card: INS-4
capture-payment           -------A  FAC-3
capture-balance           -------A  FAC-3
note-payment              -AWAA---  FAC-2: also on the invoice; INS-4: also where somebody else organises
correct-payment           -A-AA---  FAC-2
withdraw-payment          -A-AA---  FAC-2
deposit-payments          ----A---  FAC-2
bounce-payments           ----A---  FAC-2
send-cheques              -AAAA---  FAC-10: the holder
reallocate-payment        ----A---  FAC-1
decide-case               ----A---  FAC-4
refund-credit             ----A---  FAC-4
approve-refund            ----A---  FAC-4
withdraw-refund           ----A---  FAC-4
move-credit               ----A---  FAC-4
address-invoice           ---AA---  DOS-16
correct-invoice           -A-AA---  INS-10
credit-line               ----A---  FAC-9
raise-price               ----A---  FAC-9
close-period              ----A---  FAC-6
report-difference         -------A  FAC-3
settle-difference         ----A---  FAC-3
plan-workshop             -W-A----  ATE-1
change-plan               -W-A----  ATE-1
name-assistant            -W-A----  LIS-1
dismiss-assistant         -W-A----  LIS-1
move-workshop             -W-A----  ATE-10
cancel-workshop           -W-A----  ATE-4
restore-workshop          -W-A----  ATE-5
note-call                 -W-A----  ATE-4
tick-attendance           -WWAA---  INS-13
untick-attendance         -WWAA---  INS-13
settle-absence            -WWAA---  ATE-7
upload-expense            -W-AA---  ATE-7
list-envelope             -W-AA---  ATE-7
hand-over                 -WWA----  ATE-7
give-back                 ---AA---  ATE-7
close-workshop            ---AA---  ATE-6
propose-reopening         ---AA---  ATE-6
approve-reopening         ---AA---  ATE-6
join-waiting-list         FA-AA---  ATE-2
leave-waiting-list        FA-AA---  ATE-2
accept-offer              FA-AA---  ATE-2
offer-seats               ---A---A  ATE-2
send-tax-receipts         -AAAAA--  FAC-7: a responsibility
forget-proofs             -------A  INS-6
expire-offers             ---A---A  ATE-2
add-activity              -----A--  CAT-1
change-activity           -----A--  CAT-1
retire-activity           -----A--  CAT-1
resume-activity           -----A--  CAT-1
add-phase                 -----A--  CAT-1
change-phase              -----A--  CAT-1
add-venue                 -----A--  CAT-1
change-venue              -----A--  CAT-1
add-discount              ----AA--  CAT-1, Roles
change-discount           ----AA--  CAT-1, Roles
retire-discount           ----AA--  CAT-1, Roles
change-settings           -----A--  Roles
add-staff                 -----A-A  STF-1; the first one is nobody's to invite
change-staff              -----A--  STF-1
invite-staff              -----A--  STF-1
remove-staff              -----A--  STF-1
reset-second-factor       -----A--  DOS-7
end-sessions              -----A--  DOS-7
issue-token               -------A  DOS-7; the page of the team, and the command line
revoke-token              -----A--  DOS-7
change-template           -----A--  COM-4
restore-template          -----A--  COM-4
try-template              -----A--  COM-4
compose-mailing           -W-A-A--  COM-6, COM-7
try-mailing               -W-A-A--  COM-6
cancel-mailing            -A-A-A--  COM-7: who sends it
pause-mailing             -A-A-A--  COM-7: who sends it
resume-mailing            -A-A-A--  COM-7: who sends it
decide-held-mail          -A-A-A--  COM-3: who sends it
approve-mailing           -AAAAA--  COM-7: a responsibility
start-sending             -------A  COM-6
end-sending               -------A  COM-6
forget-mailing-text       -------A  COM-1, DOS-11; after the time that texts are kept
import-client             -------A  IMP-1
import-followed           -------A  IMP-1
import-workshop           -------A  IMP-1
import-registration       -------A  IMP-1
import-balance            -------A  IMP-1
save-query                -A-AAA--  REQ-4
change-query              -A-AAA--  REQ-4
delete-query              -A-AAA--  REQ-4
"""

_ROUTES = """
                                                                    COTFAMU-
GET /equipe                                                         -----A--
POST /equipe                                                        -----A--
GET /compte                                                         FAAAAAA-
POST /compte                                                        FAAAAAA-
GET /                                                               FWWAAAA-  clients are led on to their file
GET /mon-dossier                                                    F-------  DOS-19
POST /mon-dossier                                                   F-------  DOS-19: EMAIL
GET /dossiers/{client}/en-tant-que                                  -A-A----  DOS-12
POST /dossiers/{client}/en-tant-que                                 -A-A----  DOS-12
POST /en-tant-que/fin                                               FAAAAAA-  DOS-12: it may be over by itself
GET /api/workshops                                                  -AAAAAA-
GET /api/workshops/{workshop}                                       -WWAAAA-
GET /api/workshops/{workshop}/roster                                -WWAAAA-
GET /api/workshops/{workshop}/roster/export                         -WWAAAA-
GET /api/workshops/{workshop}/roster/pdf                            -WWAAAA-
GET /api/workshops/{workshop}/roster/as-of                          -WWAAAA-
GET /api/workshops/{workshop}/history                               -W-AAAA-
GET /api/workshops/{workshop}/history/export                        -W-AAAA-
GET /api/workshops/{workshop}/tax-receipts/pdf                      -W-AAAA-
GET /api/statement/balances                                         ---AAAA-
GET /api/statement/unused-deposits                                  ---AAAA-
GET /api/statement/payments-to-deposit                              ---AAAA-
GET /api/statement/cheques                                          -WWAAAA-  FAC-10: one's own
GET /api/cancellation-cases                                         ---AAAA-
GET /api/to-dos                                                     -WWAAA--
GET /api/to-schedule                                                -A-AAA--
GET /api/ledger/trial-balance                                       ----A-A-
GET /api/ledger/journal                                             ----A-A-
GET /api/ledger/trial-balance/export                                ----A-A-
GET /api/ledger/journal/export                                      ----A-A-
GET /api/ledger/fec/export                                          ----A-A-
GET /api/clients                                                    -A-AAAA-  Roles: any dossier
GET /api/duplicates                                                 ---A----  DOS-5
GET /api/clients/{client}                                           -A-AAAA-
GET /api/clients/{client}/documents                                 FA-AAA--  DOS-15; not auditors
GET /api/clients/{client}/documents/{document}/file                 FA-AAA--  DOS-15
POST /api/clients/{client}/documents                                FA-AA---  DOS-15
GET /api/clients/{client}/quote                                     -A-AA---
GET /api/clients/{client}/communications                            -A-AAAA-
GET /api/clients/{client}/mails/{mail}                              -A-AAAA-
GET /api/clients/{client}/history                                   -A-AAAA-  AUD-1
GET /api/clients/{client}/history/export                            -A-AAAA-
GET /api/clients/{client}/as-of                                     -A-AAAA-  AUD-2
GET /api/clients/{client}/registrations/{registration}/attestation/pdf  FA-AAAA-  ATT-1
GET /api/clients/{client}/phases/{enrolment}/letter/pdf             -A-AAAA-  ATT-2: sent by hand
GET /api/invoices                                                   ---AAAA-
GET /api/invoices/{invoice}                                         -A-AAAA-
GET /api/invoices/{invoice}/pdf                                     FA-AAAA-  FAC-7
GET /api/credit-notes/{number}/pdf                                  FA-AAAA-  FAC-7
GET /api/invoices/{invoice}/history                                 -A-AAAA-
GET /api/invoices/{invoice}/history/export                          -A-AAAA-
GET /api/invoices/{invoice}/as-of                                   -A-AAAA-
GET /api/access-trail                                               ---A-AA-  AUD-4
GET /api/catalogue                                                  -AAAAAA-
GET /api/templates                                                  ---A-AA-
GET /api/templates/{key}/preview                                    ---A-A--
GET /api/audiences                                                  -A-AAA--  REQ-3
GET /api/audiences/export                                           -A-AAA--  REQ-3
GET /api/audiences/queries                                          -A-AAA--  REQ-4
GET /api/mailings                                                   -WWAWAA-
GET /api/mailings/{mailing}                                         -WWAWAA-
GET /api/mailings/allowance                                         -A-A-A--
GET /api/mailings/review                                            -A-A-A--
GET /api/ops/models                                                 ---A-AA-
GET /api/ops/reactions                                              ---A-AA-
GET /api/ops/erasures                                               ---A-AA-
POST /api/files                                                     -A-AAA--
GET /ateliers                                                       -AAAAAA-
GET /ateliers/calendrier                                            -AAAAAA-
GET /ateliers/nouveau                                               -W-A----
POST /ateliers/nouveau                                              -W-A----
GET /ateliers/{workshop}/participants                               -WWAAAA-
POST /ateliers/{workshop}/participants                              -WWAA---
GET /ateliers/{workshop}/notes/{client}                             -WWA----  DOS-13
POST /ateliers/{workshop}/notes/{client}                            -WWA----  DOS-13
GET /ateliers/{workshop}/appels                                     -WWAAAA-  ATE-4
POST /ateliers/{workshop}/appels                                    -W-A----  ATE-4
GET /ateliers/{workshop}/depenses/{document}                        -W-AAAA-  ATE-7
POST /ateliers/{workshop}/depenses                                  -W-AA---  ATE-7
GET /ateliers/{workshop}/ecrire                                     -W-A-A--  COM-7
POST /ateliers/{workshop}/ecrire                                    -W-A-A--  COM-7
GET /ateliers/{workshop}/modifier                                   -W-A----
POST /ateliers/{workshop}/modifier                                  -W-A----  ATE-1, ATE-4, ATE-10
GET /ateliers/{workshop}/fermeture                                  -WWAAAA-
POST /ateliers/{workshop}/fermeture                                 -WWAA---  ATE-7; each act its own roles
GET /dossiers                                                       -A-AAAA-
GET /doublons                                                       ---A----  DOS-5
GET /dossiers/nouveau                                               -A-AA---
POST /dossiers/nouveau                                              -A-AA---
GET /dossiers/{client}                                              -A-AAAA-
POST /dossiers/{client}/phases/{enrolment}/lettre                   -A-AAA--
POST /dossiers/{client}/communications                              -A-AA---
GET /dossiers/{client}/documents/{document}                         -A-AAA--  DOS-15
POST /dossiers/{client}/documents                                   -A-AA---
POST /dossiers/{client}/documents/{document}                        -A-AA---  INS-6; office alone takes out
GET /dossiers/{client}/donnees                                      ---A----  T27: office prepares it
POST /dossiers/{client}/donnees                                     ---A----  T27
GET /dossiers/{client}/retours/{message}                            -A-AAA--
GET /dossiers/{client}/ecrire                                       -A-AA---  COM-5
POST /dossiers/{client}/ecrire                                      -A-AA---  COM-5
GET /dossiers/{client}/modifier                                     -A-AA---
POST /dossiers/{client}/modifier                                    -A-AA---  each act its own roles
GET /dossiers/{client}/retrait                                      ---A----  DOS-8, DOS-10
POST /dossiers/{client}/retrait                                     ---A----  DOS-8, DOS-10
GET /dossiers/{client}/deuxieme-inscription                         ---A----  DOS-4
POST /dossiers/{client}/deuxieme-inscription                        ---A----  DOS-4
GET /dossiers/{client}/autre-prix                                   -A-AA---  CAT-4
POST /dossiers/{client}/autre-prix                                  -A-AA---  CAT-4; each act its own roles
GET /dossiers/{client}/fusionner                                    ---A----  DOS-5
GET /dossiers/{client}/fusionner/{other}                            ---A----  DOS-5
POST /dossiers/{client}/fusionner/{other}                           ---A----  DOS-5
GET /dossiers/{client}/restaurer                                    ---A----  DOS-9
POST /dossiers/{client}/restaurer                                   ---A----  DOS-9
POST /dossiers/{client}/retours                                     -A-AA---
GET /dossiers/{client}/inscrire                                     -A-AA---
POST /dossiers/{client}/inscrire                                    -A-AA---
GET /dossiers/{client}/inscrire-phase                               -A-AA---  INS-2
POST /dossiers/{client}/inscrire-phase                              -A-AA---  INS-2
GET /dossiers/{client}/carte/{basket}                               -A-AA---  INS-4
POST /dossiers/{client}/carte/{basket}                              -A-AA---  INS-4
GET /dossiers/{client}/inscriptions/{registration}/solde            -A-AA---  INS-4
GET /dossiers/{client}/a-la-phase                                   -A-AA---  INS-11
POST /dossiers/{client}/a-la-phase                                  -A-AA---  INS-11
POST /dossiers/{client}/attente                                     -A-AA---  ATE-2
POST /dossiers/{client}/places                                      -A-AAA--  INS-14; each act its own roles
GET /dossiers/{client}/atelier-suivi                                ----A---  ATE-8
POST /dossiers/{client}/atelier-suivi                               ----A---  ATE-8
GET /dossiers/{client}/inscriptions/{registration}/appel            -A-AA---  LIS-4
GET /dossiers/{client}/inscriptions/{registration}/modifier         -A-AA---
POST /dossiers/{client}/inscriptions/{registration}/modifier        -A-AA---
GET /a-planifier                                                    -A-AAA--
GET /exploitation                                                   ---A-AA-
GET /registre-des-acces                                             ---A-AA-  AUD-4
GET /dossiers/{client}/historique                                   -A-AAAA-  AUD-1
GET /ateliers/{workshop}/historique                                 -W-AAAA-
GET /factures/{invoice}/historique                                  -A-AAAA-
GET /a-faire                                                        -WWAAA--
GET /recherche                                                      -AAAAAA-  each kind its own roles
GET /modeles                                                        ---A-AA-  COM-4
GET /modeles/{key}                                                  ---A-AA-  COM-4
POST /modeles/{key}                                                 ---A-A--  COM-4: admin alone saves
GET /reglages                                                       ---AAAA-  INS-5
GET /reglages/{part}                                                -----A--  INS-5
POST /reglages/{part}                                               -----A--  INS-5
GET /dossiers/{client}/au                                           -A-AAAA-  AUD-2
GET /ateliers/{workshop}/participants/au                            -WWAAAA-  AUD-2
GET /factures/{invoice}/au                                          -A-AAAA-  AUD-2
GET /comptabilite/ecarts                                            ---AAAA-  FAC-3
POST /comptabilite/ecarts                                           ----A---  FAC-3
GET /envois/annonce-commune                                         -W-A-A--  REQ-2
POST /envois/annonce-commune                                        -W-A-A--  REQ-2
GET /catalogue                                                      -AAAAAA-
GET /catalogue/{kind}/nouveau                                       ----AA--  CAT-1; discounts: accounting too
POST /catalogue/{kind}/nouveau                                      ----AA--  CAT-1
GET /catalogue/{kind}/{entry}                                       ----AA--  CAT-1
POST /catalogue/{kind}/{entry}                                      ----AA--  CAT-1
GET /comptabilite                                                   ---AAAA-
GET /comptabilite/acomptes                                          ---AAAA-
GET /comptabilite/cas                                               ---AAAA-
GET /comptabilite/depots                                            ---AAAA-
POST /comptabilite/depots                                           ----A---  FAC-2
GET /paiements/partage                                              -A-AA---  FAC-2
POST /paiements/partage                                             -A-AA---  FAC-2
GET /comptabilite/cheques                                           -WWAAAA-  FAC-10: one's own
POST /comptabilite/cheques                                          -WWAA---  FAC-10
GET /comptabilite/factures                                          ---AAAA-
GET /comptabilite/balance                                           ----A-A-
POST /comptabilite/balance                                          ----A---  FAC-6
GET /comptabilite/journal                                           ----A-A-
GET /factures/{invoice}                                             -A-AAAA-
POST /factures/{invoice}                                            -A-AA---  FAC-2; each act its own roles
GET /factures/{invoice}/corriger                                    -A-AA---  INS-10
POST /factures/{invoice}/corriger                                   -A-AA---  INS-10
GET /factures/{invoice}/payer                                       -A-AAAA-
GET /requetes                                                       -A-AAA--  REQ-4
GET /requetes/nouvelle                                              -A-AAA--  REQ-1, REQ-3
POST /requetes/nouvelle                                             -A-AAA--  REQ-4
GET /requetes/{saved}                                               -A-AAA--  REQ-4
POST /requetes/{saved}                                              -A-AAA--  REQ-4; organisers their own
GET /envois                                                         -WWAWAA-
GET /envois/nouveau                                                 -W-A-A--  COM-6
POST /envois/nouveau                                                -W-A-A--  COM-6
GET /envois/{mailing}                                               -WWAWAA-
POST /envois/{mailing}                                              -WWAWA--
GET /courriels                                                      ---A-A--  the demo's mail catcher
POST /dates                                                         F-------  ATE-2: the waiting list
GET /panier                                                         F-------  FAC-1
POST /panier                                                        F-------  FAC-1
GET /mon-dossier/inscriptions/{registration}/modifier               F-------  INS-8
POST /mon-dossier/inscriptions/{registration}/modifier              F-------  INS-8
GET /mon-dossier/profil                                             F-------  DOS-19
POST /mon-dossier/profil                                            F-------  DOS-19, DOS-16
GET /mon-dossier/documents                                          F-------  DOS-15, ATT-1
POST /mon-dossier/documents                                         F-------  DOS-15, INS-6
GET /mon-dossier/donnees                                            F-------  DOS-12, AUD-4
POST /mon-dossier/donnees                                           F-------  T27: without the staff’s words
GET /mon-dossier/retrait                                            F-------  DOS-8
POST /mon-dossier/retrait                                           F-------  DOS-8
GET /panier/phase/{phase}                                           F-------  INS-2
POST /panier/phase/{phase}                                          F-------  INS-2
POST /activites                                                     F-------  DOS-14
GET /payer/facture/{invoice}                                        F-------  DOS-19: PAYER
POST /payer/facture/{invoice}                                       F-------  DOS-19: PAYER
GET /calendrier                                                     FWW-----  ATE-9
POST /calendrier                                                    FWW-----  ATE-9
GET /payer/panier                                                   F-------
POST /payer/panier                                                  F-------
"""

EVERYBODY = frozenset(
    {
        "GET /health",
        "GET /openapi.json",
        "GET /api/docs",
        "POST /api/webhooks/paypal",
        "GET /dates",
        "GET /activites",
        "GET /conditions",
        "GET /au-revoir",
        "GET /calendrier/{token}.ics",
        "GET /offre/{token}",
        "POST /offre/{token}",
        "GET /payer/lien/{token}",
        "POST /payer/lien/{token}",
        "GET /payer/retour/{intent}",
        "POST /payer/retour/{intent}",
        "GET /aide",
        "GET /aide/{key}",
        "GET /connexion",
        "POST /connexion",
        "POST /deconnexion",
        "GET /langue/{code}",
        "GET /desabonnement/{token}",
        "GET /inscription",
        "POST /inscription",
        "GET /mot-de-passe-oublie",
        "POST /mot-de-passe-oublie",
        "GET /acces/{token}",
        "POST /acces/{token}",
        "GET /preferences",
        "POST /preferences",
        "GET /second-facteur",
        "POST /second-facteur",
        "POST /desabonnement/{token}",
        "GET /facture/{token}",
        "GET /fichiers/{token}",
        "GET /donnees/{token}",
        "GET /preferences/{token}",
        "POST /preferences/{token}",
        "GET /pieces/{token}",
        "POST /pieces/{token}",
    }
)
"""Routes that answer without log-in: by a link's token, or what there is to see before one."""


def _read(text: str) -> Iterator[tuple[str, Mapping[Role, Scope]]]:
    for line in text.strip().splitlines()[1:]:
        words = line.split("  ")
        name, cells = words[0].strip(), next(word.strip() for word in words[1:] if word.strip())
        yield name, {role: _SCOPES[c] for role, c in zip(COLUMNS, cells, strict=True) if c != "-"}


COMMANDS: Mapping[str, Mapping[Role, Scope]] = dict(_read(_COMMANDS))
ROUTES: Mapping[str, Mapping[Role, Scope]] = dict(_read(_ROUTES))
