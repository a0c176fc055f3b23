"""`python -m service …` is `portail …`, wherever the script lies."""

from service.cli import main

main()
