"""``python -m clemency`` is the command ``clemency``."""

from clemency.cli import main

if __name__ == "__main__":
    main()
