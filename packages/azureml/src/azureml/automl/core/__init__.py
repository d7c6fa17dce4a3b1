"""What was there without the packages that train."""
