"""What both processes need as processes: settings, logs, signals."""
