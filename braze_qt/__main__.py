"""``python -m braze_qt``"""

import sys

from braze_qt._commands.command_line import main

if __name__ == "__main__":
    sys.exit(main())
