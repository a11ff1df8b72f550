"""What a campaign asks for, and what is found before anything is sent."""
