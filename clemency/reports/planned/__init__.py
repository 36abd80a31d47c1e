"""The plan and the evidence that it names -> its answers, how firm they are, and the section that tells them."""
