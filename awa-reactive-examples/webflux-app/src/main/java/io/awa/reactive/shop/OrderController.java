package io.awa.reactive.shop;

import io.awa.reactive.Awa;
import io.awa.reactive.job.JobId;
import java.time.Duration;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
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

    private static final Duration LOOK = Duration.ofMillis(100);

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

    /** Every change from now on, until the job has ended; 404 for a job nobody knows. */
    @GetMapping(path = "/jobs/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<Step> events(@PathVariable String id) {
        return awa.admin()
                .job(JobId.parse(id))
                .switchIfEmpty(Mono.error(new ResponseStatusException(HttpStatus.NOT_FOUND, "no job " + id)))
                .map(job -> Step.of(job, mapper))
                .repeatWhen(asked -> asked.delayElements(LOOK))
                .distinctUntilChanged()
                .takeUntil(Step::last);
    }

    @ExceptionHandler
    ProblemDetail refused(ServerWebInputException error) {
        Throwable cause = error.getMostSpecificCause();
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, cause.getMessage());
    }
}
