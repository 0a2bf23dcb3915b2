"""`python -m bigenough` is the command `bigenough`."""

from bigenough.cli import main

if __name__ == "__main__":
    main()
