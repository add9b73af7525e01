"""The pages of the staff: one frame, one navigation, one set of components."""
