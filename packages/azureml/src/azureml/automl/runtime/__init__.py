"""What was there with the packages that train."""
