"""From the last day to the closed workshop: absences, calls, handing over, closing, reopening."""
