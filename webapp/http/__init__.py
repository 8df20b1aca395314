"""What every request passes through, whatever door it is for."""
