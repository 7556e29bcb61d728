"""English cues: (pattern, weight) by group. Written by us from how people talk to shops; a pattern counts once."""

from aftersales.recognition.cues_zh import Cues
from aftersales.recognition.groups import Group

CUES: Cues = {
    Group.REFUND: ((r"\brefund(ed|s)? (of|for|to|status|amount|money)|only (got|received) .* back", 1.2),),
    Group.RETURN_OR_EXCHANGE: (
        (r"\brefund", 3.4),
        (r"\breturn(s|ed|ing)?\b", 3.4),
        (r"\breplace(d|ments?)?\b|\bexchang", 3.4),
        (r"money back", 3.4),
        (r"\btrial\b|\bnights?\b", 4.5),
        (r"\btry\b.*\b(first|before|home)\b", 3),
        (r"(send|give|take|bring) (it|them|this) back", 3),
        (r"not (happy|satisfied|working)", 2.4),
        (r"don'?t (want|like)( it| this)? any ?more|pick ?up", 1.6),
        (r"\breturn policy|policy\b", 1.2),
    ),
    Group.TICKET: ((r"\b(ticket|claim|request)\b.*\b(status|closed?|open|number)|withdraw my (claim|request)", 2.4),),
    Group.REPAIR: ((r"\brepair|\bwarrant|service cent|\bfix(ed)?\b|guarantee", 3),),
    Group.PRICE_PROTECTION: ((r"price (drop|protect|match|adjust)|cheaper now|paid more|price went down", 3.4),),
    Group.MISSING_ITEM: (
        (r"\bmissing\b|\bincomplete\b|only (got|received|came)|(part|item|piece)s? (is|are) not", 3.2),
    ),
    Group.DAMAGED: ((r"\bdamaged?\b|\bbroken\b|\bcrack|\bleak|\btorn\b|\bdent|\bscratch|\bdefect", 3.4),),
    Group.WRONG_ITEM: (
        (
            r"\bwrong (item|product|size|colou?r|thing|one|order)|not what i ordered|different (item"
            r"|product)|instead of",
            4.4,
        ),
    ),
    Group.NOT_RECEIVED: (
        (r"(shows?|says?|marked|status).*\b(delivered|received)\b.*\b(not|never|didn|haven)", 3.6),
        (
            r"\bnever (got|arrived|came|received)|refused (the )?(parcel|delivery)|empty (box|parcel)"
            r"|stolen|lost (parcel|package)",
            3,
        ),
    ),
    Group.DISPUTE: ((r"\bdispute|consumer (court|forum|protection)|legal action|\bcompensat|\bescalat", 3),),
    Group.SIDE_EFFECT: ((r"side ?-?effects?|\ballerg|\breaction\b|\brash\b", 4.5),),
    Group.AUTHENTICITY: (
        (r"\boriginal|\bgenuine|\bfake\b|\bauthentic|\bcounterfeit|\bduplicate (or|product|item)", 4),
    ),
    Group.CANCEL_ORDER: ((r"\bcancel", 4.2),),
    Group.DELIVERY_TIME: (
        (r"\b(order|delivery|shipping|parcel|package|shipment) (status|update)|status of", 3),
        (r"\btrack", 3),
        (r"\bdelay(ed|s)?\b|\blate\b", 3.2),
        (r"where('?s| is| are)? (my|the)|what about my order|my order\b", 2.4),
        (r"\b(parcel|package|shipment|courier|dispatch|shipped)\b", 2),
        (r"(not|n't|never|yet to|still).{0,20}(received?|delivered|arrived?|shipped|come|reached?)", 2.6),
        (r"\bdeliver(y|ed|ing|ies)?\b", 1.6),
        (r"when (will|can|do|is|are).{0,25}(get|receive|arrive|deliver|come|reach|ship|order)", 2.6),
        (r"so (long|many days)|taking (so|too)|too long|waiting", 2.6),
        (r"\b(covid|corona|lockdown)\b", 1.2),
        (r"resum(e|ing) deliver|start(ed)? deliver", 2),
    ),
    Group.INVOICE: ((r"\binvoice\b|\bgst\b|\btax\b", 2.4),),
    Group.ORDER_CHANGE: (
        (r"\baddress\b", 4),
        (r"(change|edit|modify|update|correct) (my |the )?(order|delivery|phone|number|name)", 2.6),
    ),
    Group.PAYMENT: (
        (r"\bpay(ment|ments|ing)\b|\bbill(s|ing)?\b|\bpaid\b", 3.2),
        (r"deducted|debited|charged|transaction", 3.4),
        (r"money|amount|bank|\bcard\b", 0.8),
    ),
    Group.CONTACT: (
        (r"\bcall(s|ed|ing)?\b|\bphone\b|\bhelpline\b|\bcontact\b", 2.8),
        (r"customer (care|service|support)|call cent(er|re)", 3),
        (
            r"\bchat\b|\bagent\b|\bexecutive\b|\brepresentative\b|\bhuman\b|\bperson\b|somebody|someone"
            r"|live (chat|agent)",
            3,
        ),
        (r"\b(talk|speak|connect)\b", 2.6),
        (r"working hours|(are|is) .*\b(open|available|working)\b", 2),
        (
            r"\bfraud|\bcheat|\bworst|no (one|body) (is )?(answer|reply|respond)|not (answer|reply|respond)|complain",
            2.6,
        ),
        (r"\bnumber\b|\btoll free\b", 1.6),
    ),
    Group.OTHER: (
        (r"\bprices?\b|\bcosts?\b|how much(?! time)|rates?\b", 3),
        (r"\bdiscount|\boffers?\b|\bcoupon|\bpromo|\bdeal|\bsale\b|\bcode\b", 3.2),
        (r"\bdifferen(ce|t between)|\bcompar|\bvs\b|better\b|\bwhich (one|is)", 3.2),
        (
            r"\bpin ?code|\bpostal|zip ?code|\b\d{5,6}\b|my (area|location|city)|deliver (to|in|here"
            r"|at)|(delivery|service|available) (in|at|on|to|here)",
            3.4,
        ),
        (r"\bexpir", 3.6),
        (r"(tak(e|ing)|accept(ing)?|plac(e|ing)).{0,12}orders?|orders? (again|now)", 3),
        (r"\brecommend|\bsuggest|what (are|all|products?)|which products?|best\b|good for", 3),
        (
            r"\bsizes?\b|\bdimension|\bthick|\bmaterial|\bcolou?rs?\b|\bingredient"
            r"|\bhow (do|to|does|can) (i )?(use|take|work|apply)",
            2.2,
        ),
        (r"\bemi\b|cash on delivery|\bcod\b|instal", 2.4),
        (r"\bbuy\b|\bpurchase\b|want to order|\border (a|an|some)\b|in stock|availab|\bshop\b|\bstores?\b", 2.2),
        (r"\bproducts?\b", 0.8),
        (r"\bmattress|\bpillow|\bbed\b", 0.9),
    ),
}
