-------------------------------- MODULE KeyGate --------------------------------
(***************************************************************************)
(* KeyGate: how many attempts of one concurrency key are open.             *)
(*                                                                         *)
(* A claim finds the first job of its lane, locks the key to the end of    *)
(* its transaction, looks who holds the key's places, and lets the job     *)
(* start or puts it aside with a ticket.  Whoever has ended an attempt     *)
(* calls a grant afterwards: it locks the key, looks, and puts the first   *)
(* one that waits at the end of its lane, with a place.  Nobody gives a    *)
(* place back: that follows from where its job is.                         *)
(*                                                                         *)
(* One key; a lane is claimed by one transaction at a time.  README.md     *)
(* lists the abstractions.                                                 *)
(***************************************************************************)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS
  JobCount,    \* jobs 1 .. JobCount have the key
  Split,       \* those up to it are in lane 1, the others in lane 2
  Granters,    \* model values: who calls grants
  Limit,       \* attempts at a time
  Lowers,      \* how often the limit is lowered by one
  MaxBacks,    \* how often a job is tried again
  MaxReleases,
  MaxHolds,
  Fault        \* "none", or the safeguard to take away (see Faults)

Faults == {
  "none",
  "noKeyLock",         \* nobody locks the key
  "lookFirst",         \* the look comes before the lock
  "unlockEarly",       \* the lock is given back before the commit
  "noSecondLook",      \* who has a place starts, however many attempts are open
  "heldIsOver",        \* an attempt that was held has given its place away
  "overtakes",         \* a claim does not ask whether others wait
  "overtakesGranted",  \* nor whether one that has its place stands behind
  "lastFirst",         \* a grant takes the last one that waits
  "checkFirst",        \* a grant asks whether somebody waits before it has the lock
  "notTold"}           \* a claim that puts one aside although a place is free tells nobody

ASSUME Fault \in Faults

Jobs  == 1 .. JobCount
Lanes == {1, 2}
None  == [job |-> 0, pos |-> 0]
LaneOf(j) == IF j <= Split THEN 1 ELSE 2
Least(S)  == CHOOSE x \in S : \A y \in S : x <= y

VARIABLES
  state,     \* job -> lane, open, held, waits, out (tried again perhaps), done
  pos,       \* job -> its position
  place,     \* number -> who got it last, and at which position
  ticket,    \* job -> its ticket
  top,       \* the last position and ticket given
  limit,
  lock,      \* who has the key's lock; 0: nobody
  claim,     \* lane -> its transaction
  grant,     \* granter -> its transaction
  calls,     \* grants that are still to be called
  counts,    \* how often the limit was lowered, jobs came back, were released, were held
  begun,     \* jobs that were started once
  broken     \* what the history has violated so far

vars == <<state, pos, place, ticket, top, limit, lock, claim, grant, calls, counts, begun, broken>>

Idle == [step |-> "idle", job |-> 0, take |-> 0, limit |-> 0, waits |-> FALSE, told |-> FALSE]

Init ==
  /\ state = [j \in Jobs |-> "lane"]
  /\ pos = [j \in Jobs |-> j]
  /\ place = [n \in Jobs |-> None]
  /\ ticket = [j \in Jobs |-> 0]
  /\ top = JobCount
  /\ limit = Limit
  /\ lock = 0
  /\ claim = [l \in Lanes |-> Idle]
  /\ grant = [g \in Granters |-> Idle]
  /\ calls = 0
  /\ counts = [lowered |-> 0, back |-> 0, released |-> 0, held |-> 0]
  /\ begun = {}
  /\ broken = {}

(* Who holds a place (K1). *)
Holds(r) ==
  /\ r # None
  /\ \/ state[r.job] \in {"lane", "open"} /\ pos[r.job] = r.pos
     \/ state[r.job] = "held" /\ Fault # "heldIsOver"

Holders == {place[n].job : n \in {m \in Jobs : Holds(place[m])}}
Running == {j \in Holders : state[j] \in {"open", "held"}}
Open    == {j \in Jobs : state[j] \in {"open", "held"}}
Waiting == {j \in Jobs : state[j] = "waits"}
Free    == {n \in Jobs : ~Holds(place[n])}
First   == CHOOSE j \in Waiting : \A k \in Waiting :
             IF Fault = "lastFirst" THEN ticket[j] >= ticket[k] ELSE ticket[j] <= ticket[k]

Locks(who) == Fault = "noKeyLock" \/ lock = 0
Taken(who) == IF Fault = "noKeyLock" THEN lock ELSE who
Unlocked   == IF Fault = "noKeyLock" THEN lock ELSE 0

-----------------------------------------------------------------------------
(* A claim. *)

Find(l) ==
  /\ claim[l].step = "idle"
  /\ LET here == {j \in Jobs : state[j] = "lane" /\ LaneOf(j) = l}
     IN  /\ here # {}
         /\ LET j == CHOOSE i \in here : \A k \in here : pos[i] <= pos[k]
            IN  claim' = [claim EXCEPT ![l] = [Idle EXCEPT !.job = j,
                            !.step = IF Fault = "lookFirst" THEN "locked" ELSE "found"]]
  /\ UNCHANGED <<state, pos, place, ticket, top, limit, lock, grant, calls, counts, begun, broken>>

LockClaim(l) ==
  /\ claim[l].step = "found"
  /\ Locks(l)
  /\ lock' = Taken(l)
  /\ claim' = [claim EXCEPT ![l].step = IF Fault = "lookFirst" THEN "looked" ELSE "locked"]
  /\ UNCHANGED <<state, pos, place, ticket, top, limit, grant, calls, counts, begun, broken>>

(* take: the number of a free place; -1: it has one already; 0: it waits. *)
Look(l) ==
  /\ claim[l].step = "locked"
  /\ LET j == claim[l].job
         mine == \E n \in Jobs : place[n] = [job |-> j, pos |-> pos[j]]
         behind == \E h \in Holders : state[h] = "lane" /\ LaneOf(h) = l /\ pos[h] > pos[j]
         passes == IF mine THEN Cardinality(Running) < limit \/ Fault = "noSecondLook"
                   ELSE /\ Cardinality(Holders) < limit
                        /\ Waiting = {} \/ Fault = "overtakes"
                        /\ ~behind \/ Fault \in {"overtakes", "overtakesGranted"}
         live == Cardinality(Holders \ (IF passes THEN {} ELSE {j}))
     IN  claim' = [claim EXCEPT
           ![l].take = IF ~passes THEN 0 ELSE IF mine THEN -1 ELSE Least(Free),
           ![l].limit = limit,
           ![l].told = ~passes /\ live < limit,
           ![l].step = IF Fault = "lookFirst" THEN "found" ELSE "looked"]
  /\ lock' = IF Fault = "unlockEarly" THEN 0 ELSE lock
  /\ UNCHANGED <<state, pos, place, ticket, top, limit, grant, calls, counts, begun, broken>>

CommitClaim(l) ==
  /\ claim[l].step = "looked"
  /\ LET c == claim[l]
         j == c.job
         early == \E i \in Jobs : i < j /\ LaneOf(i) = l /\ i \notin begun /\ state[i] \in {"lane", "waits"}
     IN  IF c.take = 0
         THEN /\ state' = [state EXCEPT ![j] = "waits"]
              /\ ticket' = [ticket EXCEPT ![j] = top + 1]
              /\ top' = top + 1
              /\ calls' = calls + (IF c.told /\ Fault # "notTold" THEN 1 ELSE 0)
              /\ UNCHANGED <<place, begun, broken>>
         ELSE /\ state' = [state EXCEPT ![j] = "open"]
              /\ place' = IF c.take > 0 THEN [place EXCEPT ![c.take] = [job |-> j, pos |-> pos[j]]] ELSE place
              /\ begun' = begun \cup {j}
              /\ broken' = broken
                   \cup (IF Cardinality(Open) >= c.limit THEN {"limit"} ELSE {})
                   \cup (IF j \notin begun /\ early /\ counts.lowered = 0 THEN {"order"} ELSE {})
              /\ UNCHANGED <<ticket, top, calls>>
  /\ claim' = [claim EXCEPT ![l] = Idle]
  /\ lock' = IF lock = l THEN Unlocked ELSE lock
  /\ UNCHANGED <<pos, limit, grant, counts>>

-----------------------------------------------------------------------------
(* A grant: the first one that waits, if a place is free. *)

Call(g) ==
  /\ grant[g].step = "idle"
  /\ calls > 0
  /\ calls' = calls - 1
  /\ grant' = [grant EXCEPT ![g] = IF Fault = "checkFirst" /\ Waiting = {} THEN Idle
                                   ELSE [Idle EXCEPT !.step = "found"]]
  /\ UNCHANGED <<state, pos, place, ticket, top, limit, lock, claim, counts, begun, broken>>

LockGrant(g) ==
  /\ grant[g].step = "found"
  /\ Locks(g)
  /\ lock' = Taken(g)
  /\ grant' = [grant EXCEPT ![g].step = "locked"]
  /\ UNCHANGED <<state, pos, place, ticket, top, limit, claim, calls, counts, begun, broken>>

LookGrant(g) ==
  /\ grant[g].step = "locked"
  /\ LET some == Waiting # {} /\ Cardinality(Holders) < limit
     IN  grant' = [grant EXCEPT
           ![g].job = IF some THEN First ELSE 0,
           ![g].take = IF some THEN Least(Free) ELSE 0,
           ![g].step = "looked"]
  /\ lock' = IF Fault = "unlockEarly" THEN 0 ELSE lock
  /\ UNCHANGED <<state, pos, place, ticket, top, limit, claim, calls, counts, begun, broken>>

(* What it has granted, it asks for again: one call grants all that is free. The entry's ending refuses a second one. *)
CommitGrant(g) ==
  /\ grant[g].step = "looked"
  /\ LET j == grant[g].job
     IN  IF j # 0 /\ state[j] = "waits"
         THEN /\ state' = [state EXCEPT ![j] = "lane"]
              /\ pos' = [pos EXCEPT ![j] = top + 1]
              /\ top' = top + 1
              /\ place' = [place EXCEPT ![grant[g].take] = [job |-> j, pos |-> top + 1]]
              /\ calls' = calls + 1
         ELSE UNCHANGED <<state, pos, top, place, calls>>
  /\ grant' = [grant EXCEPT ![g] = Idle]
  /\ lock' = IF lock = g THEN Unlocked ELSE lock
  /\ UNCHANGED <<ticket, limit, claim, counts, begun, broken>>

-----------------------------------------------------------------------------
(* What becomes of attempts. Whoever ends one calls a grant after the commit. *)

End(j) ==
  /\ state[j] \in {"open", "held"}
  /\ \E to \in {"done"} \cup (IF counts.back < MaxBacks THEN {"out"} ELSE {}) : state' = [state EXCEPT ![j] = to]
  /\ calls' = calls + 1
  /\ UNCHANGED <<pos, place, ticket, top, limit, lock, claim, grant, counts, begun, broken>>

Hold(j) ==
  /\ state[j] = "open"
  /\ counts.held < MaxHolds
  /\ state' = [state EXCEPT ![j] = "held"]
  /\ counts' = [counts EXCEPT !.held = @ + 1]
  /\ UNCHANGED <<pos, place, ticket, top, limit, lock, claim, grant, calls, begun, broken>>

Release(j) ==
  /\ state[j] = "open"
  /\ counts.released < MaxReleases
  /\ state' = [state EXCEPT ![j] = "lane"]
  /\ counts' = [counts EXCEPT !.released = @ + 1]
  /\ UNCHANGED <<pos, place, ticket, top, limit, lock, claim, grant, calls, begun, broken>>

Promote(j) ==
  /\ state[j] = "out"
  /\ counts.back < MaxBacks
  /\ state' = [state EXCEPT ![j] = "lane"]
  /\ pos' = [pos EXCEPT ![j] = top + 1]
  /\ top' = top + 1
  /\ counts' = [counts EXCEPT !.back = @ + 1]
  /\ UNCHANGED <<place, ticket, limit, lock, claim, grant, calls, begun, broken>>

Lower ==
  /\ counts.lowered < Lowers
  /\ limit > 1
  /\ limit' = limit - 1
  /\ counts' = [counts EXCEPT !.lowered = @ + 1]
  /\ UNCHANGED <<state, pos, place, ticket, top, lock, claim, grant, calls, begun, broken>>

Next ==
  \/ \E l \in Lanes : Find(l) \/ LockClaim(l) \/ Look(l) \/ CommitClaim(l)
  \/ \E g \in Granters : Call(g) \/ LockGrant(g) \/ LookGrant(g) \/ CommitGrant(g)
  \/ \E j \in Jobs : End(j) \/ Hold(j) \/ Release(j) \/ Promote(j)
  \/ Lower

Spec == Init /\ [][Next]_vars

Symmetry == Permutations(Granters)

-----------------------------------------------------------------------------
(* No attempt was opened beyond the limit that its claim saw. *)
LimitHolds == "limit" \notin broken

(* Jobs of a lane are started in their order, each for the first time. *)
OrderHolds == "order" \notin broken

(* Whoever looks finds every attempt that is open. *)
OpenIsKnown == Open \subseteq {place[n].job : n \in {m \in Jobs :
                 place[m] # None /\ (state[place[m].job] = "held" \/ pos[place[m].job] = place[m].pos)}}

(* At rest nobody waits for a place that is free. *)
NoLostWakeUp ==
  (/\ calls = 0
   /\ \A l \in Lanes : claim[l].step = "idle"
   /\ \A g \in Granters : grant[g].step = "idle"
   /\ \A j \in Jobs : state[j] # "lane")
  => (Waiting = {} \/ Cardinality(Holders) >= limit)

NeverRequeued == \A j \in Jobs : ~(state[j] = "open" /\ ticket[j] # 0)
NeverTold     == \A l \in Lanes : ~claim[l].told
=============================================================================
