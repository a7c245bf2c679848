"""What every page has around it: header, navigation, theme, language, notices."""
