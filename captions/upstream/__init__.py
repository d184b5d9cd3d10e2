"""What calls to every upstream share: keys that do not show, refusals by kind, lines that leak nothing."""
