package io.awa.reactive.storage;

import io.awa.reactive.testkit.AwaPostgres;
import org.junit.jupiter.api.Nested;

/** The telling part of the suite once more on the oldest supported PostgreSQL. */
class OlderServerTest {

    @Nested
    class Producers extends ProducersTest {
        @Override
        AwaPostgres postgres() {
            return Servers.older();
        }
    }

    @Nested
    class PreparedProducers extends PreparedProducersTest {
        @Override
        AwaPostgres postgres() {
            return Servers.older();
        }
    }

    @Nested
    class Holes extends ClaimHolesTest {
        @Override
        AwaPostgres postgres() {
            return Servers.older();
        }
    }

    @Nested
    class Order extends ClaimOrderTest {
        @Override
        AwaPostgres postgres() {
            return Servers.older();
        }
    }

    @Nested
    class Close extends CloseTest {
        @Override
        AwaPostgres postgres() {
            return Servers.older();
        }
    }

    @Nested
    class Release extends ReleaseTest {
        @Override
        AwaPostgres postgres() {
            return Servers.older();
        }
    }

    @Nested
    class Finish extends FinishTest {
        @Override
        AwaPostgres postgres() {
            return Servers.older();
        }
    }

    @Nested
    class Rotation extends RotationTest {
        @Override
        AwaPostgres postgres() {
            return Servers.older();
        }
    }

    @Nested
    class Operators extends OperatorReadsTest {
        @Override
        AwaPostgres postgres() {
            return Servers.older();
        }
    }
}
