-- one row per chapter of ICD-10
-- mỗi dòng là một chương của ICD-10
-- chapter_no: Số chương, từ 1 đến 22 — Number of the chapter, 1 to 22
-- first_category: Nhóm đầu — First category
-- last_category: Nhóm cuối — Last category
-- name: Tên chương — Name of the chapter, in Vietnamese
-- name_en: Tên chương bằng tiếng Anh — Name of the chapter, in English
select chapter_no, first_category, last_category, name, name_en
from (
    values
    (1, 'A00', 'B99', 'Bệnh nhiễm trùng và ký sinh trùng', 'Certain infectious and parasitic diseases'),
    (2, 'C00', 'D48', 'U tân sinh', 'Neoplasms'),
    (3, 'D50', 'D89', 'Bệnh của máu, cơ quan tạo máu và rối loạn miễn dịch', 'Diseases of the blood and blood-forming organs and certain disorders of the immune mechanism'),
    (4, 'E00', 'E90', 'Bệnh nội tiết, dinh dưỡng và chuyển hóa', 'Endocrine, nutritional and metabolic diseases'),
    (5, 'F00', 'F99', 'Rối loạn tâm thần và hành vi', 'Mental and behavioural disorders'),
    (6, 'G00', 'G99', 'Bệnh hệ thần kinh', 'Diseases of the nervous system'),
    (7, 'H00', 'H59', 'Bệnh mắt và phần phụ', 'Diseases of the eye and adnexa'),
    (8, 'H60', 'H95', 'Bệnh tai và xương chũm', 'Diseases of the ear and mastoid process'),
    (9, 'I00', 'I99', 'Bệnh hệ tuần hoàn', 'Diseases of the circulatory system'),
    (10, 'J00', 'J99', 'Bệnh hệ hô hấp', 'Diseases of the respiratory system'),
    (11, 'K00', 'K93', 'Bệnh hệ tiêu hóa', 'Diseases of the digestive system'),
    (12, 'L00', 'L99', 'Bệnh da và mô dưới da', 'Diseases of the skin and subcutaneous tissue'),
    (13, 'M00', 'M99', 'Bệnh hệ cơ xương khớp và mô liên kết', 'Diseases of the musculoskeletal system and connective tissue'),
    (14, 'N00', 'N99', 'Bệnh hệ sinh dục, tiết niệu', 'Diseases of the genitourinary system'),
    (15, 'O00', 'O99', 'Thai nghén, sinh đẻ và hậu sản', 'Pregnancy, childbirth and the puerperium'),
    (16, 'P00', 'P96', 'Bệnh lý khởi phát trong thời kỳ chu sinh', 'Certain conditions originating in the perinatal period'),
    (17, 'Q00', 'Q99', 'Dị tật bẩm sinh, biến dạng và bất thường nhiễm sắc thể', 'Congenital malformations, deformations and chromosomal abnormalities'),
    (18, 'R00', 'R99', 'Triệu chứng, dấu hiệu và bất thường lâm sàng, cận lâm sàng chưa phân loại nơi khác', 'Symptoms, signs and abnormal clinical and laboratory findings, not elsewhere classified'),
    (19, 'S00', 'T98', 'Chấn thương, ngộ độc và hậu quả khác do nguyên nhân bên ngoài', 'Injury, poisoning and certain other consequences of external causes'),
    (20, 'V01', 'Y98', 'Nguyên nhân bên ngoài của bệnh tật và tử vong', 'External causes of morbidity and mortality'),
    (21, 'Z00', 'Z99', 'Yếu tố ảnh hưởng tình trạng sức khỏe và tiếp xúc dịch vụ y tế', 'Factors influencing health status and contact with health services'),
    (22, 'U00', 'U99', 'Mã cho mục đích đặc biệt', 'Codes for special purposes')
) as listed (chapter_no, first_category, last_category, name, name_en)
