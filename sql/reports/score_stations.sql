-- one row per sender who is a ward's station
select sender_code, ward_code
from reference.sender
where ward_code is not null
order by sender_code
