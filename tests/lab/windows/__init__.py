"""Many short fault windows and quiet windows, lived through by small shops side by side under one real Prometheus."""
