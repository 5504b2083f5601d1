"""How results become pictures: shapes shared by the live tracks and the SVG files."""
