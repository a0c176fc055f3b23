"""Deleting the dossier of somebody who followed no workshop: one proposes, another approves."""
