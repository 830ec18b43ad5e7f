"""From one method's descriptor to its routes, with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, MethodDescriptor

from gateway.contract.descriptors import Descriptors, message_class
from gateway.contract.gathering import Gathering
from gateway.contract.http.paths import TemplateError
from gateway.contract.http.rules import HttpBinding, RuleError, default_bindings, http_bindings
from gateway.contract.messages.compiler import MessageCompiler
from gateway.contract.messages.replies import compile_reply
from gateway.contract.requests.binding import Binder
from gateway.contract.requests.bodies import Body, compile_body
from gateway.contract.requests.fields import shared_oneofs, wrong_body_field, wrong_path_field
from gateway.contract.requests.parameters import LAST_EVENT_ID, SNAPSHOT, FilterOn, Parameter, compile_parameters
from gateway.contract.requests.parameters import OPTION as PARAMETER
from gateway.contract.routes import Asks, Route, StreamRoute, UnaryRoute
from gateway.contract.streaming import STREAM, StreamCompiler
from gateway.contract.validation.constraints import Constraints, compile_constraints
from gateway.errors import ContractError

HTTP = "google.api.http"
UNARY = "gateway.sse.v1.unary"


class _Bound(NamedTuple):
    """One binding with what its request is made of."""

    binding: HttpBinding
    parameters: tuple[Parameter, ...]
    body: Body | None


class RouteCompiler:
    """Compiles one method: what all its bindings share, and a route for each of them.

    Args:
        descriptors: of the contract.
        messages: of the contract.
        rules: the constraints of the messages compiled so far, to which this one's are added.
        method: the method.
    """

    def __init__(
        self,
        descriptors: Descriptors,
        messages: MessageCompiler,
        rules: dict[str, Constraints],
        method: MethodDescriptor,
    ) -> None:
        self._descriptors = descriptors
        self._messages = messages
        self._method = method
        self._request: Descriptor = method.input_type
        self._rules = rules
        self._constraints: Constraints | None = None
        self._stream = StreamCompiler(descriptors, messages, method)

    def compile(self) -> tuple[Route, ...]:
        """The method's routes; none where it is not served.

        Served are methods that stream, and others that have an HTTP rule. What takes a stream from the client as
        well is served only with a rule; what answers such a stream with one response is not.

        Raises:
            ContractError: with everything that is wrong with the method.
        """
        gathering = Gathering()
        bindings = gathering.run(self._bindings)
        if bindings is None:
            # With any other path, what else is wrong is told at once.
            bindings = default_bindings(self._method.full_name)[:1]
        elif not bindings:
            return ()
        self._constraints = gathering.run(compile_constraints, self._descriptors, self._request, compiled=self._rules)
        bound = [each for binding in bindings if (each := gathering.run(self._bound, binding))]
        make = self._streams if self._method.server_streaming else self._replies
        routes = gathering.run(make, bound)
        gathering.check()
        return routes or ()

    def _bindings(self) -> tuple[HttpBinding, ...]:
        streams, takes_stream = self._method.server_streaming, self._method.client_streaming
        rule = self._descriptors.option(self._method, HTTP)
        if rule is None:
            return default_bindings(self._method.full_name) if streams and not takes_stream else ()
        if takes_stream and not streams:
            return ()
        try:
            return http_bindings(rule)
        except (RuleError, TemplateError) as error:
            raise self._wrong(str(error), HTTP) from None

    def _bound(self, binding: HttpBinding) -> _Bound:
        gathering, template = Gathering(), binding.template
        for reason in self._wrong_fields(binding):
            gathering.run(self._refuse, f"path {template.text!r}: {reason}")
        parameters = gathering.run(
            compile_parameters,
            self._descriptors,
            self._messages,
            self._request,
            in_path=template.fields,
            body=binding.body,
            without=self._filled,
        )
        gathering.check()
        body = compile_body(
            self._descriptors,
            self._messages,
            self._request,
            binding.body,
            in_path=template.fields,
            without=self._filled,
            partial=binding.verb == "PATCH",
        )
        return _Bound(binding, parameters or (), body)

    def _wrong_fields(self, binding: HttpBinding) -> list[str]:
        in_path = binding.template.fields
        wrong = [wrong_path_field(self._request, name, self._filled) for name in in_path]
        wrong.append(wrong_body_field(self._request, binding.body, in_path, self._filled))
        wrong += [f"{one!r} and {other!r} exclude each other" for one, other in shared_oneofs(self._request, in_path)]
        return [each for each in wrong if each]

    @property
    def _filled(self) -> tuple[str, ...]:
        """What the gateway fills, and no client."""
        return (self._stream.filled,) if self._stream.filled else ()

    def _streams(self, bound: list[_Bound]) -> tuple[Route, ...]:
        gathering = Gathering()
        for parameter in {each.name: each for one in bound for each in one.parameters}.values():
            gathering.run(self._check_parameter, parameter)
        for one in bound:
            gathering.run(self._check_last, one.parameters)
        stream = gathering.run(self._stream.compile, _filters(bound))
        gathering.check()
        if stream is None:
            return ()
        snapshots = stream.shared and any(event.keyed for event in stream.events)
        own = (LAST_EVENT_ID, SNAPSHOT) if snapshots else (LAST_EVENT_ID,)
        return tuple(StreamRoute(**self._route(each, own), **stream._asdict()) for each in bound)

    def _check_last(self, parameters: tuple[Parameter, ...]) -> None:
        if len([each for each in parameters if each.last]) > 1:
            raise self._wrong("several parameters are marked as last; expected one", STREAM)

    def _check_parameter(self, parameter: Parameter) -> None:
        if not parameter.field_path:
            return
        field = parameter.field_path[-1]
        if (parameter.filter or parameter.last) and not self._stream.shared:
            reason = "filter and last need a shared stream: option (gateway.sse.v1.stream).delivery = DELIVERY_SHARED"
            raise ContractError([self._descriptors.problem(field, reason, PARAMETER)])
        if parameter.name in (LAST_EVENT_ID.name, SNAPSHOT.name):
            reason = f"the gateway has a parameter {parameter.name!r} of its own"
            raise ContractError([self._descriptors.problem(field, reason, PARAMETER)])

    def _replies(self, bound: list[_Bound]) -> tuple[Route, ...]:
        options = self._descriptors.option(self._method, UNARY)
        return tuple(
            UnaryRoute(
                **self._route(each, ()),
                reply=compile_reply(self._descriptors, self._messages, self._method, each.binding.response_body),
                asks=Asks(options.backends or Asks.ANY) if options else Asks.ANY,
            )
            for each in bound
        )

    def _route(self, bound: _Bound, own: tuple[Parameter, ...]) -> Mapping[str, Any]:
        """What every kind of route has."""
        parameters = (*bound.parameters, *own)
        check = self._constraints.check if self._constraints else None
        comment, service = self._descriptors.source.comment, self._method.containing_service.full_name
        return {
            "method": self._method.full_name,
            "description": comment(self._method.full_name),
            "service_description": comment(service),
            "verb": bound.binding.verb,
            "path": bound.binding.template,
            "body": bound.body,
            "parameters": parameters,
            "bind": Binder(message_class(self._request), parameters, bound.body, check),
            "constraints": self._constraints,
        }

    def _refuse(self, reason: str) -> None:
        raise self._wrong(reason, HTTP)

    def _wrong(self, reason: str, option: str) -> ContractError:
        return ContractError([self._descriptors.problem(self._method, reason, option)])


def _filters(bound: list[_Bound]) -> dict[str, FilterOn]:
    """By request field, in the order of the fields, the same for each binding: a filter is where its field is."""
    return {each.field_path[-1].name: each.filter for one in bound[:1] for each in one.parameters if each.filter}
