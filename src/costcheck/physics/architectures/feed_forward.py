"""Feed-forward blocks: one multi-layer perceptron, or a mixture of them."""

from typing import NamedTuple

from costcheck.physics.architectures.weights import Core, Split, Weight, vector


class FeedForward(NamedTuple):
    """Two matrices, or three with a gate."""

    hidden_size: int
    size: int
    gated: bool = True
    up_bias: bool = False
    """Bias of the gate and up matrices."""
    down_bias: bool = False
    scalars: int = 0
    """Trainable numbers of the activation function."""
    name: str = "mlp"

    def weights(self) -> tuple[Weight, ...]:
        up = self.size * self.up_bias
        gate = (Weight("gate", self.hidden_size, self.size, up, split="column"),)
        return (
            *(gate if self.gated else ()),
            Weight("up", self.hidden_size, self.size, up, split="column"),
            Weight(
                "down", self.size, self.hidden_size, self.hidden_size * self.down_bias, split="row"
            ),
            *((vector("activation", self.scalars),) if self.scalars else ()),
        )

    def cores(self) -> tuple[Core, ...]:
        return ()


class Experts(NamedTuple):
    """A router, routed experts of one size, and shared experts every token passes."""

    hidden_size: int
    experts: int
    top_k: int
    size: int
    gated: bool = True
    expert_bias: bool = False
    router_bias: bool = False
    shared_size: int = 0
    """Summed width of the shared experts."""
    shared_gate: bool = False
    """A learned scalar gate scales the shared expert."""
    latent_size: int | None = None
    """Width the routed experts work in, when it is not the hidden size."""
    bias: bool = False
    """Biases of the shared experts and of the projections to and from the latent width."""
    idle: int = 0
    """Choices of the router that compute nothing; the routed experts of a token are a mean then."""
    name: str = "experts"

    @property
    def _width(self) -> int:
        return self.hidden_size if self.latent_size is None else self.latent_size

    def weights(self) -> tuple[Weight, ...]:
        choices = self.experts + self.idle
        return (
            Weight("router", self.hidden_size, choices, choices * self.router_bias),
            *self._latent_weights(),
            *self._routed_weights(),
            *self._shared_weights(),
        )

    def _latent_weights(self) -> tuple[Weight, ...]:
        hidden, latent = self.hidden_size, self.latent_size
        if latent is None:
            return ()
        return (
            Weight("latent_down", hidden, latent, latent * self.bias),
            Weight("latent_up", latent, hidden, hidden * self.bias),
        )

    def _routed_weights(self) -> tuple[Weight, ...]:
        width, up_bias = self._width, self.size * self.expert_bias
        up = ("routed_gate", "routed_up") if self.gated else ("routed_up",)
        expert: Split = "expert"
        return (
            *(
                Weight(name, width, self.size, up_bias, self.experts, self.top_k, expert)
                for name in up
            ),
            Weight(
                "routed_down",
                self.size,
                width,
                width * self.expert_bias,
                self.experts,
                self.top_k,
                expert,
            ),
        )

    def _shared_weights(self) -> tuple[Weight, ...]:
        if not self.shared_size:
            return ()
        shared = FeedForward(
            hidden_size=self.hidden_size,
            size=self.shared_size,
            gated=self.gated,
            up_bias=self.bias,
            down_bias=self.bias,
        )
        gate = (Weight("shared_scale", self.hidden_size, 1),) if self.shared_gate else ()
        return (
            *(weight._replace(name=f"shared_{weight.name}") for weight in shared.weights()),
            *gate,
        )

    def cores(self) -> tuple[Core, ...]:
        return ()


class Projection(NamedTuple):
    """One plain matrix on the residual stream, such as the one that joins two streams."""

    inputs: int
    outputs: int
    bias: bool = False
    name: str = "projection"

    def weights(self) -> tuple[Weight, ...]:
        return (Weight("weight", self.inputs, self.outputs, self.outputs * self.bias),)

    def cores(self) -> tuple[Core, ...]:
        return ()
