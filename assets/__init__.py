"""What comes with the set-up and travels in the wheel: fonts under the SIL Open Font License."""
