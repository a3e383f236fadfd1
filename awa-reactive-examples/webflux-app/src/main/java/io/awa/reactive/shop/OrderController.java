package io.awa.reactive.shop;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.job.JobId;
import io.awa.reactive.observe.JobUpdate;
import io.awa.reactive.observe.ObserveOptions;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebInputException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** HTTP in, Server-Sent Events out. */
@RestController
class OrderController {

    private final Orders orders;
    private final Awa awa;
    private final JsonMapper mapper;

    OrderController(Orders orders, Awa awa, JsonMapper mapper) {
        this.orders = orders;
        this.awa = awa;
        this.mapper = mapper;
    }

    @PostMapping("/orders")
    @ResponseStatus(HttpStatus.CREATED)
    Mono<Placed> place(@RequestBody Order order) {
        return orders.place(order);
    }

    /**
     * Every change from now on, until the job has ended; 404 for a job nobody knows. A browser that lost its connection names
     * the last event it got, and hears what came since.
     */
    @GetMapping(path = "/jobs/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<ServerSentEvent<Step>> events(
            @PathVariable String id, @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String last) {
        ObserveOptions now = ObserveOptions.defaults();
        return awa.observe(JobId.parse(id), last == null ? now : now.after(last))
                .handle((update, sink) -> {
                    if (update instanceof JobUpdate.Gone) {
                        sink.error(new ResponseStatusException(HttpStatus.NOT_FOUND, "no job " + id));
                    } else {
                        sink.next(ServerSentEvent.builder(Step.of(update, mapper))
                                .id(update.cursor())
                                .build());
                    }
                });
    }

    @ExceptionHandler
    ProblemDetail refused(AwaValidationException error) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, error.getMessage());
    }

    @ExceptionHandler
    ProblemDetail refused(ServerWebInputException error) {
        Throwable cause = error.getMostSpecificCause();
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, cause.getMessage());
    }
}
