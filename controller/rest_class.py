"""The name of the class that means "do not move"; apart, for programs that decode nothing and start fast."""

REST = "rest"
