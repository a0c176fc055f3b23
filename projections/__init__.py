"""Read models: rows folded from events alone, dropped and rebuilt at will."""
