"""The only place where objects are built; every registry of the service stands on this screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from psycopg_pool import ConnectionPool

from commands.audiences import change_query, delete_query, save_query
from commands.baskets import (
    capture_payment,
    finalise_basket,
    put_in_basket,
    put_phase_in_basket,
    release_basket,
    take_out_of_basket,
)
from commands.catalogue import (
    add_activity,
    add_discount,
    add_phase,
    add_venue,
    change_activity,
    change_discount,
    change_phase,
    change_settings,
    change_venue,
    resume_activity,
    retire_activity,
    retire_discount,
)
from commands.clients import (
    add_interest,
    approve_deletion,
    ask_price_adjustment,
    attach_document,
    begin_impersonation,
    change_profile,
    choose_preferences,
    create_dossier,
    end_impersonation,
    grant_card,
    invite_client,
    merge_dossiers,
    propose_deletion,
    record_contact_address,
    record_preference,
    refuse_price_adjustment,
    remove_contact_address,
    remove_document,
    remove_dossier,
    replay_erasure,
    restore_dossier,
    set_billing,
    set_coordinates,
    settle_second_dossier,
    stop_emails,
    withdraw_card,
    withdraw_deletion,
    withdraw_interest,
    write_note,
    write_to_client,
)
from commands.dispatch import Dispatcher
from commands.door import Door
from commands.entering import (
    ask_email_change,
    ask_link,
    choose_password,
    confirm_address,
    confirm_email_change,
    sign_up,
)
from commands.first_steps import first_steps
from commands.imports import (
    import_balance,
    import_client,
    import_followed,
    import_registration,
    import_workshop,
)
from commands.invoices import address_invoice, correct_invoice
from commands.ledger import close_period, report_difference, settle_difference
from commands.mailing import (
    approve_mailing,
    cancel_mailing,
    change_template,
    compose_mailing,
    decide_held_mail,
    end_sending,
    forget_mailing_text,
    pause_mailing,
    restore_template,
    resume_mailing,
    start_sending,
    try_mailing,
    try_template,
)
from commands.mails import note_undelivered, resend_mail, resend_missed, set_aside_missed
from commands.message import Command, Handle
from commands.payments import (
    approve_refund,
    bounce_payments,
    capture_balance,
    correct_payment,
    credit_line,
    decide_case,
    deposit_payments,
    move_credit,
    note_payment,
    raise_price,
    reallocate_payment,
    refund_credit,
    send_cheques,
    withdraw_payment,
    withdraw_refund,
)
from commands.registrations import (
    accept_proof,
    add_followed_workshop,
    cancel_registration,
    change_to_phase,
    choose_date,
    defer_registration,
    mark_without_proof,
    receive_proof,
    register_client,
    register_for_phase,
    reject_proof,
    reopen_place,
    report_missing_place,
    resend_confirmation,
    send_phase_letter,
    tell_of_mistake,
)
from commands.sessions import Sessions
from commands.staff import (
    add_staff,
    change_staff,
    end_sessions,
    invite_staff,
    issue_token,
    remove_staff,
    reset_second_factor,
    revoke_token,
)
from commands.workshops import (
    accept_offer,
    approve_reopening,
    cancel_workshop,
    change_plan,
    close_workshop,
    dismiss_assistant,
    expire_offers,
    forget_proofs,
    give_back,
    hand_over,
    join_waiting_list,
    leave_waiting_list,
    list_envelope,
    move_workshop,
    name_assistant,
    note_call,
    offer_seats,
    plan_workshop,
    propose_reopening,
    restore_workshop,
    send_tax_receipts,
    settle_absence,
    tick_attendance,
    untick_attendance,
    upload_expense,
)
from projections import audience_sql
from schema.clock import business_clock
from schema.keys import Vault
from schema.log import EventLog
from schema.pools import service_pool
from schema.store import Store
from service.keyfiles import key_from
from service.read_models import MODELS as MODELS

if TYPE_CHECKING:
    from service.settings import Settings

COMMANDS: Mapping[type[Command], Handle] = {
    create_dossier.CreateDossier: create_dossier.handle,
    sign_up.SignUp: sign_up.handle,
    invite_client.InviteClient: invite_client.handle,
    merge_dossiers.MergeDossiers: merge_dossiers.handle,
    ask_link.AskLink: ask_link.handle,
    choose_password.ChoosePassword: choose_password.handle,
    confirm_address.ConfirmAddress: confirm_address.handle,
    ask_email_change.AskEmailChange: ask_email_change.handle,
    confirm_email_change.ConfirmEmailChange: confirm_email_change.handle,
    remove_dossier.RemoveDossier: remove_dossier.handle,
    restore_dossier.RestoreDossier: restore_dossier.handle,
    replay_erasure.ReplayErasure: replay_erasure.handle,
    change_profile.ChangeProfile: change_profile.handle,
    record_contact_address.RecordContactAddress: record_contact_address.handle,
    remove_contact_address.RemoveContactAddress: remove_contact_address.handle,
    set_billing.SetBilling: set_billing.handle,
    set_coordinates.SetCoordinates: set_coordinates.handle,
    settle_second_dossier.SettleSecondDossier: settle_second_dossier.handle,
    write_note.WriteNote: write_note.handle,
    write_to_client.WriteToClient: write_to_client.handle,
    begin_impersonation.BeginImpersonation: begin_impersonation.handle,
    end_impersonation.EndImpersonation: end_impersonation.handle,
    stop_emails.StopEmails: stop_emails.handle,
    attach_document.AttachDocument: attach_document.handle,
    remove_document.RemoveDocument: remove_document.handle,
    grant_card.GrantCard: grant_card.handle,
    withdraw_card.WithdrawCard: withdraw_card.handle,
    choose_preferences.ChoosePreferences: choose_preferences.handle,
    record_preference.RecordPreference: record_preference.handle,
    add_interest.AddInterest: add_interest.handle,
    withdraw_interest.WithdrawInterest: withdraw_interest.handle,
    propose_deletion.ProposeDeletion: propose_deletion.handle,
    withdraw_deletion.WithdrawDeletion: withdraw_deletion.handle,
    approve_deletion.ApproveDeletion: approve_deletion.handle,
    ask_price_adjustment.AskPriceAdjustment: ask_price_adjustment.handle,
    refuse_price_adjustment.RefusePriceAdjustment: refuse_price_adjustment.handle,
    register_client.RegisterClient: register_client.handle,
    register_for_phase.RegisterForPhase: register_for_phase.handle,
    change_to_phase.ChangeToPhase: change_to_phase.handle,
    add_followed_workshop.AddFollowedWorkshop: add_followed_workshop.handle,
    reopen_place.ReopenPlace: reopen_place.handle,
    report_missing_place.ReportMissingPlace: report_missing_place.handle,
    send_phase_letter.SendPhaseLetter: send_phase_letter.handle,
    tell_of_mistake.TellOfMistake: tell_of_mistake.handle,
    receive_proof.ReceiveProof: receive_proof.handle,
    accept_proof.AcceptProof: accept_proof.handle,
    reject_proof.RejectProof: reject_proof.handle,
    mark_without_proof.MarkWithoutProof: mark_without_proof.handle,
    choose_date.ChooseDate: choose_date.handle,
    defer_registration.DeferRegistration: defer_registration.handle,
    resend_confirmation.ResendConfirmation: resend_confirmation.handle,
    note_undelivered.NoteUndelivered: note_undelivered.handle,
    resend_mail.ResendMail: resend_mail.handle,
    resend_missed.ResendMissed: resend_missed.handle,
    set_aside_missed.SetAsideMissed: set_aside_missed.handle,
    cancel_registration.CancelRegistration: cancel_registration.handle,
    put_in_basket.PutInBasket: put_in_basket.handle,
    put_phase_in_basket.PutPhaseInBasket: put_phase_in_basket.handle,
    take_out_of_basket.TakeOutOfBasket: take_out_of_basket.handle,
    finalise_basket.FinaliseBasket: finalise_basket.handle,
    release_basket.ReleaseBasket: release_basket.handle,
    capture_payment.CapturePayment: capture_payment.handle,
    capture_balance.CaptureBalance: capture_balance.handle,
    note_payment.NotePayment: note_payment.handle,
    correct_payment.CorrectPayment: correct_payment.handle,
    withdraw_payment.WithdrawPayment: withdraw_payment.handle,
    deposit_payments.DepositPayments: deposit_payments.handle,
    bounce_payments.BouncePayments: bounce_payments.handle,
    send_cheques.SendCheques: send_cheques.handle,
    reallocate_payment.ReallocatePayment: reallocate_payment.handle,
    decide_case.DecideCase: decide_case.handle,
    refund_credit.RefundCredit: refund_credit.handle,
    approve_refund.ApproveRefund: approve_refund.handle,
    withdraw_refund.WithdrawRefund: withdraw_refund.handle,
    move_credit.MoveCredit: move_credit.handle,
    address_invoice.AddressInvoice: address_invoice.handle,
    correct_invoice.CorrectInvoice: correct_invoice.handle,
    credit_line.CreditLine: credit_line.handle,
    raise_price.RaisePrice: raise_price.handle,
    close_period.ClosePeriod: close_period.handle,
    report_difference.ReportDifference: report_difference.handle,
    settle_difference.SettleDifference: settle_difference.handle,
    plan_workshop.PlanWorkshop: plan_workshop.handle,
    change_plan.ChangePlan: change_plan.handle,
    name_assistant.NameAssistant: name_assistant.handle,
    dismiss_assistant.DismissAssistant: dismiss_assistant.handle,
    tick_attendance.TickAttendance: tick_attendance.handle,
    untick_attendance.UntickAttendance: untick_attendance.handle,
    move_workshop.MoveWorkshop: move_workshop.handle,
    cancel_workshop.CancelWorkshop: cancel_workshop.handle,
    restore_workshop.RestoreWorkshop: restore_workshop.handle,
    note_call.NoteCall: note_call.handle,
    join_waiting_list.JoinWaitingList: join_waiting_list.handle,
    leave_waiting_list.LeaveWaitingList: leave_waiting_list.handle,
    offer_seats.OfferSeats: offer_seats.handle,
    accept_offer.AcceptOffer: accept_offer.handle,
    expire_offers.ExpireOffers: expire_offers.handle,
    forget_proofs.ForgetProofs: forget_proofs.handle,
    settle_absence.SettleAbsence: settle_absence.handle,
    upload_expense.UploadExpense: upload_expense.handle,
    list_envelope.ListEnvelope: list_envelope.handle,
    hand_over.HandOver: hand_over.handle,
    give_back.GiveBack: give_back.handle,
    close_workshop.CloseWorkshop: close_workshop.handle,
    send_tax_receipts.SendTaxReceipts: send_tax_receipts.handle,
    propose_reopening.ProposeReopening: propose_reopening.handle,
    approve_reopening.ApproveReopening: approve_reopening.handle,
    add_activity.AddActivity: add_activity.handle,
    add_discount.AddDiscount: add_discount.handle,
    change_activity.ChangeActivity: change_activity.handle,
    retire_activity.RetireActivity: retire_activity.handle,
    resume_activity.ResumeActivity: resume_activity.handle,
    change_phase.ChangePhase: change_phase.handle,
    change_venue.ChangeVenue: change_venue.handle,
    change_discount.ChangeDiscount: change_discount.handle,
    retire_discount.RetireDiscount: retire_discount.handle,
    add_phase.AddPhase: add_phase.handle,
    add_venue.AddVenue: add_venue.handle,
    change_settings.ChangeSettings: change_settings.handle,
    add_staff.AddStaff: add_staff.handle,
    change_staff.ChangeStaff: change_staff.handle,
    invite_staff.InviteStaff: invite_staff.handle,
    remove_staff.RemoveStaff: remove_staff.handle,
    reset_second_factor.ResetSecondFactor: reset_second_factor.handle,
    end_sessions.EndSessions: end_sessions.handle,
    issue_token.IssueToken: issue_token.handle,
    revoke_token.RevokeToken: revoke_token.handle,
    change_template.ChangeTemplate: change_template.handle,
    restore_template.RestoreTemplate: restore_template.handle,
    compose_mailing.ComposeMailing: compose_mailing.handle,
    approve_mailing.ApproveMailing: approve_mailing.handle,
    cancel_mailing.CancelMailing: cancel_mailing.handle,
    start_sending.StartSending: start_sending.handle,
    pause_mailing.PauseMailing: pause_mailing.handle,
    resume_mailing.ResumeMailing: resume_mailing.handle,
    decide_held_mail.DecideHeldMail: decide_held_mail.handle,
    end_sending.EndSending: end_sending.handle,
    forget_mailing_text.ForgetMailingText: forget_mailing_text.handle,
    try_mailing.TryMailing: try_mailing.handle,
    try_template.TryTemplate: try_template.handle,
    import_client.ImportClient: import_client.handle,
    import_followed.ImportFollowed: import_followed.handle,
    import_workshop.ImportWorkshop: import_workshop.handle,
    import_registration.ImportRegistration: import_registration.handle,
    import_balance.ImportBalance: import_balance.handle,
    save_query.SaveQuery: save_query.handle,
    change_query.ChangeQuery: change_query.handle,
    delete_query.DeleteQuery: delete_query.handle,
}

DISPATCH_THREADS = 8
"""Commands carried out at once by one web process: as many as the synchronous pool has connections."""
WORK_THREADS = 8
"""Mails sent at once by one worker process."""


@dataclass(frozen=True)
class WriteSide:
    """What it takes to carry out commands."""

    pool: ConnectionPool[Any]
    store: Store
    dispatcher: Dispatcher
    sessions: Sessions
    door: Door
    clock: Callable[[], datetime]


def vault_of(settings: Settings) -> Vault:
    """The vault of this installation's key files; made anew outside production only."""
    files, may_make = (settings.master_key_file, settings.lookup_key_file), settings.mode != "production"
    master, lookup = (key_from(file, may_make=may_make) for file in files)
    return Vault(master, lookup)


@contextmanager
def write_side(
    database_url: str, vault: Vault, wake: Callable[[], None], *, settable_clock: bool
) -> Iterator[WriteSide]:
    """The command path on an open pool, in the service's role."""
    with service_pool(database_url, DISPATCH_THREADS) as pool:
        store = Store(EventLog(pool), vault)
        clock = business_clock(pool, settable=settable_clock)
        dispatcher = Dispatcher(pool, store, COMMANDS, clock, audience_sql.members, wake)
        yield WriteSide(
            pool=pool,
            store=store,
            dispatcher=dispatcher,
            sessions=Sessions(pool, vault, clock, first_steps(store)),
            door=Door(pool, dispatcher, clock),
            clock=clock,
        )
