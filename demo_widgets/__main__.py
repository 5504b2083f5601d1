"""``python -m demo_widgets`` is the ``demo-widgets`` command."""

import sys

from demo_widgets.cli import main

if __name__ == "__main__":
    sys.exit(main())
