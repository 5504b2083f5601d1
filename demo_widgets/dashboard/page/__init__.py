"""The page around the tabs: header, edit bar, styles and accessibility."""
